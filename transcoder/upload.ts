// One object, once: PUT to the URL that the task named, with a Content-Length. Repeating is safe, because an
// object that exists is kept; whether it is the same one is told by its size.
import { ok, refuse, type Result } from "#workers/result.ts";
import { request, Unreachable } from "./http.ts";

/** A file as `fs.openAsBlob` gives it, read as it is sent; or bytes. */
export type UploadBody = Blob | Uint8Array<ArrayBuffer>;

export type UploadRefusal =
  | { readonly kind: "leaseLost" }
  | { readonly kind: "tooLarge"; readonly sizeBytes: number }
  /** Something else is there: never overwritten, never taken for ours. */
  | { readonly kind: "otherObjectExists" }
  | { readonly kind: "unreachable"; readonly message: string }
  | { readonly kind: "refused"; readonly status: number };

const objectSizeHeader = "Sluice-Object-Size";
const timeoutMs = 120_000;
const giveUpAfterMs = 300_000;

export async function putObject(
  target: { readonly url: string; readonly maxBytes: number },
  body: UploadBody,
  signal: AbortSignal,
): Promise<Result<null, UploadRefusal>> {
  const sizeBytes = body instanceof Blob ? body.size : body.length;
  if (sizeBytes > target.maxBytes) return refuse({ kind: "tooLarge", sizeBytes });
  const init = () => ({ method: "PUT", body, headers: { "Content-Type": "application/octet-stream" } });
  try {
    const response = await request(target.url, init, { signal, timeoutMs, giveUpAfterMs });
    await response.body?.cancel();
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
    throw error;
  }
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
