// One object, once: PUT to the URL that the task named, with a Content-Length, or straight to the bucket. Repeating is
// safe, because an object that exists is kept; whether it is the same one is told by its size.
import { ok, refuse, type Result } from "#workers/result.ts";
import { request, Unreachable } from "./http.ts";
import { NoUrl, type ObjectTarget, type ObjectUrls } from "./object-urls.ts";

/** A file as `fs.openAsBlob` gives it, read as it is sent; or bytes. */
export type UploadBody = Blob | Uint8Array<ArrayBuffer>;

export type UploadRefusal =
  | { readonly kind: "leaseLost" }
  | { readonly kind: "tooLarge"; readonly sizeBytes: number }
  /** Something else is there: never overwritten, never taken for ours. */
  | { readonly kind: "otherObjectExists" }
  | { readonly kind: "unreachable"; readonly message: string }
  | { readonly kind: "refused"; readonly status: number };

type Outcome = Result<null, UploadRefusal>;

const objectSizeHeader = "Sluice-Object-Size";
const timeoutMs = 120_000;
const giveUpAfterMs = 300_000;

export async function putObject(
  target: ObjectTarget & { readonly maxBytes: number },
  body: UploadBody,
  signal: AbortSignal,
  urls: ObjectUrls,
): Promise<Outcome> {
  const sizeBytes = body instanceof Blob ? body.size : body.length;
  if (sizeBytes > target.maxBytes) return refuse({ kind: "tooLarge", sizeBytes });
  try {
    const straight = await putStraight(target, sizeBytes, body, signal, urls);
    if (straight !== null) return straight;
    let url = await urls.current(target, signal);
    let response = await send(url, body, signal);
    if (response.status === 403) {
      url = await urls.current(target, signal, url);
      response = await send(url, body, signal);
    }
    if (response.ok) return ok(null);
    if (response.status === 412) {
      // An earlier attempt of ours whose answer was lost has the same length.
      const same = response.headers.get(objectSizeHeader) === String(sizeBytes);
      return same ? ok(null) : refuse({ kind: "otherObjectExists" });
    }
    if (response.status === 409) return refuse({ kind: "leaseLost" });
    return refuse({ kind: "refused", status: response.status });
  } catch (error) {
    if (error instanceof Unreachable) return refuse({ kind: "unreachable", message: error.message });
    if (error instanceof NoUrl) return refuse({ kind: "leaseLost" });
    throw error;
  }
}

/**
 * Null where the Worker must be asked: it takes the bytes itself, or an object is there already (412, or 409 while
 * one is being written) and only the Worker says how long that is.
 */
async function putStraight(
  target: ObjectTarget,
  sizeBytes: number,
  body: UploadBody,
  signal: AbortSignal,
  urls: ObjectUrls,
): Promise<Outcome | null> {
  let status = 403;
  // A URL for a few minutes, and a network that took longer: once more.
  for (let left = 2; left > 0 && status === 403; left--) {
    const url = await urls.straight(target, sizeBytes, signal);
    if (url === null) return null;
    const response = await send(url, body, signal);
    if (response.ok) return ok(null);
    ({ status } = response);
  }
  return status === 412 || status === 409 ? null : refuse({ kind: "refused", status });
}

async function send(url: string, body: UploadBody, signal: AbortSignal): Promise<Response> {
  const headers = { "Content-Type": "application/octet-stream", "If-None-Match": "*" };
  const response = await request(url, () => ({ method: "PUT", body, headers }), {
    signal,
    timeoutMs,
    giveUpAfterMs,
  });
  await response.body?.cancel();
  return response;
}

export function uploadRefusalText(refusal: UploadRefusal): string {
  switch (refusal.kind) {
    case "leaseLost":
      return "the lease was lost while an object was uploaded";
    case "tooLarge":
      return `an object of ${refusal.sizeBytes} bytes is larger than the task allows`;
    case "otherObjectExists":
      return "another object is stored where this task's was to go";
    case "unreachable":
      return `an object can't be uploaded: ${refusal.message}`;
    case "refused":
      return `an upload was answered ${refusal.status}`;
  }
}
