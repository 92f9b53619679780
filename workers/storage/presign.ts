// URLs that lead past the Worker, straight to the bucket's S3 endpoint, where one is configured. They can't be called
// back, so they are short; and one that writes is signed for exactly one object of exactly one length.
import type { Env } from "#workers/env.ts";
import { log } from "#workers/http/log.ts";
import type { BucketEndpoint } from "./bucket-endpoint.ts";

/**
 * Begun within this time, a write is over before the sweep that removes what came after a seal: the sweep waits ten
 * minutes, and no runner sends one object for more than two.
 */
export const directWriteSeconds = 300;
export const directReadSeconds = 3600;

let toldThatHalf = false;

/** Null where bytes go through the Worker. */
export function bucketEndpoint(env: Env): BucketEndpoint | null {
  const endpoint = env.R2_S3_ENDPOINT;
  const bucket = env.R2_S3_BUCKET;
  const accessKeyId = env.R2_S3_ACCESS_KEY_ID;
  const secretAccessKey = env.R2_S3_SECRET_ACCESS_KEY;
  if (endpoint && bucket && accessKeyId && secretAccessKey && URL.canParse(endpoint)) {
    return { endpoint, bucket, accessKeyId, secretAccessKey };
  }
  const half = [endpoint, bucket, accessKeyId, secretAccessKey].some(Boolean);
  if (half && !toldThatHalf) log("error", "transcoding.s3HalfConfigured");
  toldThatHalf ||= half;
  return null;
}

export async function presignRead(at: BucketEndpoint, key: string): Promise<string> {
  const { client, GetObjectCommand, getSignedUrl } = await open(at);
  const command = new GetObjectCommand({ Bucket: at.bucket, Key: key });
  return getSignedUrl(client, command, { expiresIn: directReadSeconds });
}

/** Creates, never replaces: the condition is signed, and so is the length. */
export async function presignCreate(at: BucketEndpoint, key: string, sizeBytes: number): Promise<string> {
  const { client, PutObjectCommand, getSignedUrl } = await open(at);
  const command = new PutObjectCommand({
    Bucket: at.bucket,
    Key: key,
    ContentLength: sizeBytes,
    IfNoneMatch: "*",
  });
  return getSignedUrl(client, command, {
    expiresIn: directWriteSeconds,
    unhoistableHeaders: new Set(["if-none-match"]),
  });
}

/** Takes exactly one part of exactly one length, by whoever has it. */
export async function presignPart(
  at: BucketEndpoint,
  part: {
    readonly key: string;
    readonly multipartId: string;
    readonly partNumber: number;
    readonly sizeBytes: number;
  },
  expiresInSeconds: number,
): Promise<string> {
  const { client, UploadPartCommand, getSignedUrl } = await open(at);
  const command = new UploadPartCommand({
    Bucket: at.bucket,
    Key: part.key,
    UploadId: part.multipartId,
    PartNumber: part.partNumber,
    ContentLength: part.sizeBytes,
  });
  return getSignedUrl(client, command, { expiresIn: expiresInSeconds });
}

type Opened = Awaited<ReturnType<typeof load>>;
let opened: { readonly at: BucketEndpoint; readonly sdk: Promise<Opened> } | null = null;

/** One client an isolate: it keeps the day's signing key. */
function open(at: BucketEndpoint): Promise<Opened> {
  const same =
    opened?.at.endpoint === at.endpoint &&
    opened.at.accessKeyId === at.accessKeyId &&
    opened.at.secretAccessKey === at.secretAccessKey;
  if (!opened || !same) opened = { at, sdk: load(at) };
  return opened.sdk;
}

async function load({ endpoint, accessKeyId, secretAccessKey }: BucketEndpoint) {
  const [{ GetObjectCommand, PutObjectCommand, S3Client, UploadPartCommand }, { getSignedUrl }] =
    await Promise.all([import("@aws-sdk/client-s3"), import("@aws-sdk/s3-request-presigner")]);
  const client = new S3Client({
    region: "auto",
    endpoint,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
    // Else a checksum of an empty body is signed into URLs that others use.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
  });
  return { client, GetObjectCommand, PutObjectCommand, UploadPartCommand, getSignedUrl };
}
