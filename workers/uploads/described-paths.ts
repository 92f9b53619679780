// The upload's own URL in the document: tus 1.0, one plain PUT, and parts straight to the bucket.
import { header, octets, path, problem, query } from "#workers/http/described.ts";

const uploadPath = [
  path("uploadId", "Of the upload.", "upl_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4"),
  path("secret", "The rest of the upload's URL, which is itself the permission.", "kq1mH0b7cJ5r2dQw8Zt3Vg"),
];
const tusResumable = header("Tus-Resumable", "`1.0.0`", "1.0.0", true);
const offsetHeader = { "Upload-Offset": { schema: { type: "integer", example: 0 } } };

const tusProblems = {
  404: problem("`notFound`"),
  410: problem("`gone`, `uploadExpired`"),
  412: problem("`tusVersionUnsupported`"),
  423: problem("`uploadLocked`"),
};

export const uploadPaths = {
  "/v1/uploads/tus": {
    post: {
      operationId: "createTusUpload",
      tags: ["uploads"],
      summary: "Make an upload by tus 1.0",
      description:
        "For tus clients that create their uploads themselves: creation, creation-with-upload, deferred length. " +
        "`Upload-Metadata` takes the fields of POST /v1/uploads. Takes no Idempotency-Key: an upload that nobody has " +
        "the URL of expires by itself.",
      parameters: [
        tusResumable,
        header("Upload-Length", "Length of the file; or `Upload-Defer-Length: 1`.", "734003200"),
        header("Upload-Metadata", "Pairs of name and base64.", "filename bGF1bmNoLm1vdg=="),
      ],
      responses: {
        201: {
          description: "Made. `Location` is its URL.",
          headers: { Location: { schema: { type: "string", format: "uri" } } },
        },
        400: problem("`badRequest`, `invalidParameter`"),
        401: problem("`unauthenticated`"),
        403: problem("`forbidden`"),
        412: problem("`tusVersionUnsupported`"),
        413: problem("`uploadTooLarge`"),
        415: problem("`unsupportedMediaType`"),
      },
    },
  },
  "/v1/uploads/{uploadId}/{secret}": {
    head: {
      operationId: "headUpload",
      tags: ["uploads"],
      security: [],
      summary: "Ask how far an upload is (tus)",
      parameters: [...uploadPath, tusResumable],
      responses: { 200: { description: "`Upload-Offset` says.", headers: offsetHeader }, ...tusProblems },
    },
    patch: {
      operationId: "patchUpload",
      tags: ["uploads"],
      security: [],
      summary: "Send a part of the file (tus)",
      parameters: [...uploadPath, tusResumable, header("Upload-Offset", "Where the part begins.", "0", true)],
      requestBody: octets("application/offset+octet-stream"),
      responses: {
        204: { description: "Durable up to the new `Upload-Offset`.", headers: offsetHeader },
        400: problem("`badRequest`"),
        409: problem("`uploadOffsetMismatch`, `uploadLengthMismatch`"),
        413: problem("`bodyTooLarge`, `uploadLengthExceeded`"),
        415: problem("`unsupportedMediaType`"),
        460: problem("`checksumMismatch`"),
        ...tusProblems,
      },
    },
    put: {
      operationId: "putUpload",
      tags: ["uploads"],
      security: [],
      summary: "Send the whole file at once",
      parameters: uploadPath,
      requestBody: octets("application/octet-stream"),
      responses: {
        200: {
          description: "It is complete.",
          content: { "application/json": { schema: { $ref: "#/components/schemas/Upload" } } },
        },
        413: problem("`bodyTooLarge`, `uploadTooLarge`"),
        404: problem("`notFound`"),
        409: problem("`conflict`, `uploadLengthMismatch`"),
        410: problem("`gone`, `uploadExpired`"),
        423: problem("`uploadLocked`"),
      },
    },
    delete: {
      operationId: "terminateUpload",
      tags: ["uploads"],
      security: [],
      summary: "End an upload and remove what arrived (tus)",
      parameters: [...uploadPath, tusResumable],
      responses: { 204: { description: "Gone." }, ...tusProblems },
    },
  },
  "/v1/uploads/{uploadId}/{secret}/parts": {
    get: {
      operationId: "listUploadParts",
      tags: ["uploads"],
      security: [],
      summary: "Ask where the parts of a multipart upload go",
      description:
        "Each URL takes a PUT of exactly its part, straight to the bucket, and answers with an `ETag`. A part may be " +
        "sent again, and in any order.",
      parameters: [
        ...uploadPath,
        query("from", "The first part, from 1.", 1),
        query("count", "How many, at most 100.", 100),
      ],
      responses: {
        200: {
          description: "They, with the time until which they can be used.",
          content: { "application/json": { schema: { $ref: "#/components/schemas/UploadParts" } } },
        },
        400: problem("`invalidParameter`"),
        403: problem("`uploadOriginNotAllowed`"),
        404: problem("`notFound`"),
        409: problem("`conflict`: the upload is no multipart upload, or is complete"),
        410: problem("`gone`, `uploadExpired`"),
      },
    },
  },
  "/v1/uploads/{uploadId}/{secret}/complete": {
    post: {
      operationId: "completeUpload",
      tags: ["uploads"],
      security: [],
      summary: "Say that every part of a multipart upload is there",
      description: "Repeating it is harmless; it takes no Idempotency-Key.",
      parameters: uploadPath,
      requestBody: {
        required: true,
        content: { "application/json": { schema: { $ref: "#/components/schemas/UploadCompletion" } } },
      },
      responses: {
        200: {
          description: "It is complete.",
          content: { "application/json": { schema: { $ref: "#/components/schemas/Upload" } } },
        },
        400: problem("`invalidJson`"),
        403: problem("`uploadOriginNotAllowed`"),
        404: problem("`notFound`"),
        409: problem("`conflict`: the upload is no multipart upload"),
        410: problem("`gone`, `uploadExpired`"),
        413: problem("`bodyTooLarge`"),
        415: problem("`unsupportedMediaType`"),
        422: problem("`unprocessable`: a part is missing, or is not the one that the bucket has"),
        503: problem("`unavailable`"),
      },
    },
  },
};
