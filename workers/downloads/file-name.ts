// What a browser calls a file that it saves. A title is whatever somebody typed.

const longest = 120;

/** `attachment` with both forms of RFC 6266: the plain one for old clients. */
export function contentDisposition(title: string, fallback: string, suffix: string): string {
  const name = `${safeName(title) || fallback}${suffix}`;
  const plain = name.replaceAll(/[^\x20-\x7e]/g, "_").replaceAll(/["\\%]/g, "_");
  // RFC 8187 3.2.1: what encodeURIComponent leaves and attr-char does not have.
  const encoded = encodeURIComponent(name).replaceAll(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}

/** No folder, no hidden file, no name that a system keeps for itself, no half of a surrogate pair. */
function safeName(title: string): string {
  return title
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Cf}]+/gu, "")
    .replaceAll(/[/\\:*?"<>|]+/g, "-")
    .replaceAll(/\s+/g, " ")
    .slice(0, longest)
    .toWellFormed()
    .replaceAll(/^[. -]+|[. ]+$/g, "");
}
