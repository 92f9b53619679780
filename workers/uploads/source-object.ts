// The uploaded file in the bucket: written once, in parts or whole, and removed with an upload that ends.
import type { Env } from "#workers/env.ts";
import { objectKeyOf, type Session, type UploadedObject } from "./session.ts";
import type { StoredPart } from "./session-store.ts";

/** R2's code for a multipart upload that is complete, aborted, or never was. */
const noSuchUpload = /\(10024\)/;

/** R2's words for parts that are not there, or are not what was named; and for one that is too small. */
const wrongParts = /\((?:10011|10025|10048)\)/;

export const isAboutParts = (error: unknown): boolean =>
  error instanceof Error && wrongParts.test(error.message);

export async function openMultipart(env: Env, owner: UploadedObject): Promise<string> {
  const multipart = await env.MEDIA.createMultipartUpload(objectKeyOf(owner), marked(owner));
  return multipart.uploadId;
}

export async function sendPart(
  env: Env,
  owner: UploadedObject,
  multipartId: string,
  partNumber: number,
  bytes: Uint8Array,
): Promise<StoredPart> {
  const multipart = env.MEDIA.resumeMultipartUpload(objectKeyOf(owner), multipartId);
  const { etag } = await multipart.uploadPart(partNumber, bytes);
  return { partNumber, etag };
}

export async function putWhole(env: Env, owner: UploadedObject, bytes: Uint8Array): Promise<void> {
  await env.MEDIA.put(objectKeyOf(owner), bytes, marked(owner));
}

/** True when the object is whole; false when its parts are gone for good. Asking again is harmless. */
export async function assemble(env: Env, session: Session, parts: readonly StoredPart[]): Promise<boolean> {
  const key = objectKeyOf(session);
  if (session.multipartId === null) return isWhole(env, session);
  try {
    await env.MEDIA.resumeMultipartUpload(key, session.multipartId).complete([...parts]);
    return true;
  } catch (error) {
    // An earlier try may have got through without our learning of it.
    if (await isWhole(env, session)) return true;
    if (error instanceof Error && noSuchUpload.test(error.message)) return false;
    throw error;
  }
}

export async function isWhole(env: Env, session: Session): Promise<boolean> {
  const object = await env.MEDIA.head(objectKeyOf(session));
  return object?.customMetadata?.["uploadId"] === session.uploadId && object.size === session.sizeBytes;
}

export async function abortMultipart(env: Env, owner: UploadedObject, multipartId: string): Promise<void> {
  try {
    await env.MEDIA.resumeMultipartUpload(objectKeyOf(owner), multipartId).abort();
  } catch (error) {
    if (!(error instanceof Error) || !noSuchUpload.test(error.message)) throw error;
  }
}

/** Nothing of the upload is left in the bucket after this. */
export async function discard(env: Env, session: Session): Promise<void> {
  if (session.multipartId !== null) await abortMultipart(env, session, session.multipartId);
  await env.MEDIA.delete(objectKeyOf(session));
}

function marked({ uploadId }: UploadedObject): R2MultipartOptions {
  return { customMetadata: { uploadId } };
}
