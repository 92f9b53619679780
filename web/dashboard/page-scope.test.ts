import { expect, it } from "vitest";
import { scopeOf } from "./page-scope.ts";

it("keeps what only an admin may ask for from everybody else, and what leads nowhere from nobody", () => {
  for (const page of ["api-keys", "audit-log", "doctor"] as const) expect(scopeOf(page)).toBe("admin");
  expect(scopeOf("webhook")).toBe("webhooks:read");
  expect(scopeOf("unknown")).toBeNull();
});
