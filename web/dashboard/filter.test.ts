import { expect, it } from "vitest";
import { filtersIn, spanOf, withFilters } from "./filter.ts";

it("keeps what else the address says, and nothing of a filter that was emptied", () => {
  expect(withFilters("?search=a+b&tag=x", { tag: "", state: "ready" })).toBe("?search=a+b&state=ready");
  expect(withFilters("?tag=x", { tag: "" })).toBe("");
});

it("asks the API for what it knows alone", () => {
  expect(filtersIn("?state=failed&type=&evil=1", ["state", "type"])).toEqual({ state: "failed" });
});

it("reaches from the first moment of a day to the last of another, whatever the clocks do in between", () => {
  const { createdAfter = "", createdBefore = "" } = spanOf("2026-03-28", "2026-03-29");
  expect(new Date(createdAfter)).toEqual(new Date(2026, 2, 28));
  expect(new Date(createdBefore)).toEqual(new Date(2026, 2, 30));
  expect(spanOf("yesterday", "")).toEqual({});
});
