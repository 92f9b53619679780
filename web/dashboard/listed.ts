// A list of pages whose first page is read again: what is shown below it stays, and nothing is shown twice or lost.

export interface Listed<Entry> {
  readonly data: readonly Entry[];
  readonly nextCursor: string | null;
}

/** Ids count up with time, and lists begin with the newest. */
export function withFirstPage<Entry extends { readonly id: string }>(
  shown: Listed<Entry>,
  first: Listed<Entry>,
): Listed<Entry> {
  const last = first.data.at(-1);
  if (last === undefined || first.nextCursor === null) return first;
  const below = shown.data.filter(({ id }) => id < last.id);
  return below.length === 0 ? first : { data: [...first.data, ...below], nextCursor: shown.nextCursor };
}

export function without<Entry extends { readonly id: string }>(
  shown: Listed<Entry>,
  gone: ReadonlySet<string>,
): Listed<Entry> {
  return { ...shown, data: shown.data.filter(({ id }) => !gone.has(id)) };
}
