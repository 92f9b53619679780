// A list of the API: its first page, and the next ones for whoever wants more.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useDashboard } from "./context.ts";
import { withFirstPage, without, type Listed } from "./listed.ts";
import { Fault, useDoing } from "./parts.tsx";

const none: ReadonlySet<string> = new Set();

interface PagedProps<T> {
  /** With its query. */
  readonly path: string;
  readonly first: Listed<T>;
  /** Ids of what is not there any more. */
  readonly gone?: ReadonlySet<string>;
  readonly label: string;
  readonly children: (entry: T) => ComponentChildren;
}

/** Give it a `key` of what its first page depends on. */
export function Paged<T extends { readonly id: string }>(props: PagedProps<T>) {
  const { path, first, gone = none, label, children } = props;
  const { api } = useDashboard();
  const doing = useDoing();
  const [read, setRead] = useState(first);
  useEffect(() => setRead((before) => withFirstPage(before, first)), [first]);
  const { data, nextCursor } = without(read, gone);
  const load = (cursor: string): void =>
    doing.run(
      () => api.get<Listed<T>>(`${path}&cursor=${encodeURIComponent(cursor)}`),
      (next) => setRead((before) => ({ data: [...before.data, ...next.data], nextCursor: next.nextCursor })),
    );
  return (
    <>
      <ul class="rows-list" aria-label={label}>
        {data.map((entry) => children(entry))}
      </ul>
      <Fault text={doing.fault} />
      {nextCursor !== null && (
        <p>
          <button class="button" type="button" disabled={doing.busy} onClick={() => load(nextCursor)}>
            Show more
          </button>
        </p>
      )}
    </>
  );
}
