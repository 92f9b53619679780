import { problemResponse } from "./problem.ts";
import { requestIdOf } from "./request-id.ts";

/** The path is answered, but not here (host.ts). */
export function notAtThisHost(request: Request): Response {
  const requestId = requestIdOf(request);
  const detail = "Playback has a host of its own, apart from everything else.";
  return problemResponse("notFound", { requestId, detail, headers: { "X-Request-Id": requestId } });
}
