// JSON bodies: there, of the right type, bounded and parsed before a contract looks at them. A route names
// this after its scope, so that nothing is read for a stranger. The bound counts what arrives, since a
// chunked body announces no length.
import { createMiddleware } from "hono/factory";
import type { ApiEnv } from "./context.ts";
import { problemResponse } from "./problem.ts";
import { readBounded } from "./read-bounded.ts";

const maxJsonBytes = 1_000_000;

export const jsonBody = createMiddleware<ApiEnv>(async (c, next) => {
  const { raw } = c.req;
  const requestId = c.var.requestId;
  const body = raw.body === null ? new Uint8Array(0) : await readBounded(raw.body, maxJsonBytes);
  if (body === null) {
    return problemResponse("bodyTooLarge", {
      requestId,
      detail: `A JSON body may have ${maxJsonBytes} bytes.`,
    });
  }
  // The body comes first: who forgot it is not helped by hearing about its type.
  if (body.byteLength === 0)
    return problemResponse("invalidJson", { requestId, detail: "The body is empty." });
  if (!/^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(c.req.header("Content-Type") ?? "")) {
    return problemResponse("unsupportedMediaType", { requestId, detail: "Send application/json." });
  }
  if (!isJson(body)) return problemResponse("invalidJson", { requestId });
  c.req.raw = new Request(raw.url, { method: raw.method, headers: raw.headers, body });
  return next();
});

function isJson(body: Uint8Array): boolean {
  try {
    JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(body));
    return true;
  } catch {
    return false;
  }
}
