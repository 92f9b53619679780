/** The caller's X-Request-Id when it is harmless, else a new one. Echoed on every answer and in every log line. */
export function requestIdOf(request: Request): string {
  const given = request.headers.get("X-Request-Id");
  if (given !== null && /^[A-Za-z0-9._-]{8,64}$/.test(given)) return given;
  return crypto.randomUUID();
}
