// Does a request carry CMCD at all? The one question that every request is asked, so it is a scan and one header.

const parameter = "CMCD=";
export const parameterLength = parameter.length;

export function carriesCmcd(query: string, headers: Headers): boolean {
  // Of the four headers the one that every player sends, since it holds the session id.
  return cmcdParameterAt(query) >= 0 || headers.has("CMCD-Session");
}

/** Where the parameter stands in the query; -1 when it does not. */
export function cmcdParameterAt(query: string): number {
  let at = query.indexOf(parameter);
  while (at > 0 && query[at - 1] !== "&") at = query.indexOf(parameter, at + 1);
  return at;
}
