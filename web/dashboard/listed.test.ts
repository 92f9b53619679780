import { expect, it } from "vitest";
import { withFirstPage, without, type Listed } from "./listed.ts";

const page = (ids: string, nextCursor: string | null): Listed<{ id: string }> => ({
  data: ids.split("").map((id) => ({ id })),
  nextCursor,
});
const idsOf = ({ data }: Listed<{ id: string }>) => data.map(({ id }) => id).join("");

it.each([
  ["what is new comes on top, and what it pushed down stays", "hgfedc", "ihgf", "ihgfedc", "after c"],
  [
    "what was deleted of the first page is gone, though others moved up",
    "hgfedc",
    "hged",
    "hgedc",
    "after c",
  ],
  ["a first page that is all there is replaces everything", "hgfedc", "hg", "hg", null],
  ["a single page is the new one", "hgfe", "ihgf", "ihgfe", "after c"],
  ["a page of others altogether begins anew", "dc", "hgfe", "hgfedc", "after c"],
])("%s", (_, shown, first, expected, nextCursor) => {
  const firstPage = page(first, nextCursor === null ? null : "after first");
  const merged = withFirstPage(page(shown, "after c"), firstPage);
  expect([idsOf(merged), merged.nextCursor]).toEqual([expected, nextCursor]);
});

it("keeps the cursor of the first page where nothing is below it", () => {
  expect(withFirstPage(page("dc", "old"), page("cb", "new")).nextCursor).toBe("new");
});

it("takes away what is gone, wherever it is", () => {
  expect(idsOf(without(page("hgfedc", "c"), new Set(["g", "c"])))).toBe("hfed");
});
