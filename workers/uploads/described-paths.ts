// The upload's own URL in the document: tus 1.0, one plain PUT, and parts straight to the bucket.
import { header, octets, path, problem, query } from "#workers/http/described.ts";
import { checksumAlgorithms } from "./checksum.ts";
import { tusExtensions } from "./tus.ts";

const uploadPath = [
  path("uploadId", "Of the upload.", "upl_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4"),
  path("secret", "The rest of the upload's URL, which is itself the permission.", "kq1mH0b7cJ5r2dQw8Zt3Vg"),
];
const tusResumable = header("Tus-Resumable", "`1.0.0`", "1.0.0", true);
const checksum = header(
  "Upload-Checksum",
  "Algorithm (`sha1`, `sha256`, `md5`) and base64 of the body's digest: what differs is not kept.",
  "sha256 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
);
const deferred = header("Upload-Length", "Where it was deferred: the length, once it is known.", "734003200");

const given = (description: string, example: string | number) => ({
  description,
  schema: { type: typeof example === "number" ? "integer" : "string", example },
});
const tusAnswer = { "Tus-Resumable": given("`1.0.0`, on every answer.", "1.0.0") };
const expires = { "Upload-Expires": given("When its URL ends.", "Tue, 01 Dec 2026 18:00:00 GMT") };
const videoOf = { "Sluice-Video-Id": given("The video it is for.", "vid_01JDC3Y5T8Z9Q2W4E6R8T0Y2V4") };
const offset = { "Upload-Offset": given("How many bytes are durable.", 0) };

/** Of whatever is asked at an upload's URL. */
const ofItsUrl = {
  403: problem("`uploadOriginNotAllowed`"),
  404: problem("`notFound`"),
  410: problem("`gone`, `uploadExpired`"),
};
const tusProblems = {
  ...ofItsUrl,
  412: problem("`tusVersionUnsupported`"),
  423: problem("`uploadLocked`, with `Retry-After`"),
};
const writeProblems = {
  400: problem("`invalidParameter`"),
  409: problem("`uploadOffsetMismatch`, `uploadLengthMismatch`, `conflict`"),
  413: problem("`bodyTooLarge`, `uploadTooLarge`, `uploadLengthExceeded`"),
  503: problem("`unavailable`, with `Retry-After`: ask for the offset and go on"),
};

export const uploadPaths = {
  "/v1/uploads/tus": {
    post: {
      operationId: "createTusUpload",
      tags: ["uploads"],
      summary: "Make an upload by tus 1.0",
      description:
        "For tus clients that create their uploads themselves: creation, creation-with-upload, deferred length. " +
        "`Upload-Metadata` takes the fields of POST /v1/uploads but `sizeBytes` and `multipart`; the name of the file is " +
        "`filename`, and what is no text is JSON. Takes no Idempotency-Key: an upload that nobody has the URL of " +
        "expires by itself.",
      parameters: [
        tusResumable,
        header("Upload-Length", "Length of the file, unless it is deferred.", "734003200"),
        header("Upload-Defer-Length", "`1`: the length is said later. Either this or `Upload-Length`.", "1"),
        header("Upload-Metadata", "Pairs of name and base64.", "filename bGF1bmNoLm1vdg=="),
        checksum,
      ],
      requestBody: { ...octets("application/offset+octet-stream"), required: false },
      responses: {
        201: {
          description: "Made. `Location` is its URL.",
          headers: {
            Location: { schema: { type: "string", format: "uri" } },
            ...tusAnswer,
            ...videoOf,
            ...expires,
            ...offset,
          },
        },
        400: problem("`invalidParameter`"),
        401: problem("`unauthenticated`"),
        403: problem("`forbidden`, `quotaExceeded`"),
        404: problem("`notFound`: `videoId` names no video"),
        409: problem("`conflict`: the video has a file, or another upload of it is open"),
        412: problem("`tusVersionUnsupported`"),
        413: problem("`bodyTooLarge`, `uploadTooLarge`, `uploadLengthExceeded`"),
        422: problem("`encodingProfileUnknown`, `unprocessable`"),
        429: problem("`rateLimited`"),
        460: problem("`checksumMismatch`, of creation-with-upload"),
        503: problem("`unavailable`, with `Retry-After`"),
      },
    },
    options: {
      operationId: "getTusCapabilities",
      tags: ["uploads"],
      security: [],
      summary: "Ask what is spoken of tus",
      responses: {
        204: {
          description: "In headers.",
          headers: {
            "Tus-Version": given("Versions.", "1.0.0"),
            "Tus-Extension": given("Extensions, with commas between.", tusExtensions),
            "Tus-Max-Size": given("The longest file, in bytes.", 107_374_182_400),
            "Tus-Checksum-Algorithm": given("Algorithms, with commas between.", checksumAlgorithms),
          },
        },
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
      responses: {
        200: {
          description: "`Upload-Offset` says.",
          headers: {
            ...tusAnswer,
            ...offset,
            ...expires,
            ...videoOf,
            "Upload-Length": given("Unless it is deferred.", 734_003_200),
            "Upload-Defer-Length": given("`1` while it is.", "1"),
            "Upload-Metadata": given("As it was sent.", "filename bGF1bmNoLm1vdg=="),
          },
        },
        ...tusProblems,
      },
    },
    patch: {
      operationId: "patchUpload",
      tags: ["uploads"],
      security: [],
      summary: "Send a part of the file (tus)",
      parameters: [
        ...uploadPath,
        tusResumable,
        header("Upload-Offset", "Where the part begins.", "0", true),
        deferred,
        checksum,
      ],
      requestBody: octets("application/offset+octet-stream"),
      responses: {
        204: {
          description: "Durable up to the new `Upload-Offset`.",
          headers: { ...tusAnswer, ...offset, ...expires },
        },
        ...tusProblems,
        ...writeProblems,
        415: problem("`unsupportedMediaType`"),
        460: problem("`checksumMismatch`"),
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
        ...ofItsUrl,
        ...writeProblems,
        423: problem("`uploadLocked`, with `Retry-After`"),
      },
    },
    delete: {
      operationId: "terminateUpload",
      tags: ["uploads"],
      security: [],
      summary: "End an upload and remove what arrived (tus)",
      parameters: [...uploadPath, tusResumable],
      responses: {
        204: { description: "Gone.", headers: tusAnswer },
        ...tusProblems,
        409: problem("`conflict`: it is complete"),
      },
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
        ...ofItsUrl,
        409: problem("`conflict`: the upload is no multipart upload, or is complete"),
        503: problem("`unavailable`: the bucket's S3 endpoint is not set any more"),
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
        ...ofItsUrl,
        409: problem("`conflict`: the upload is no multipart upload"),
        413: problem("`bodyTooLarge`"),
        415: problem("`unsupportedMediaType`"),
        422: problem("`unprocessable`: a part is missing, or is not the one that the bucket has"),
        503: problem("`unavailable`"),
      },
    },
  },
};
