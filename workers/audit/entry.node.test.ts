import { describe, expect, it } from "vitest";
import { keptAddress, pathWithout, resourcesOf } from "./entry.ts";

describe("an address", () => {
  it.each([
    ["203.0.113.77", "203.0.113.0/24"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"],
    ["::ffff:203.0.113.77", "203.0.113.0/24"],
    ["no address", null],
  ])("%s is kept as %s", (address, kept) => {
    expect(keptAddress(address, "truncated")).toBe(kept);
  });

  it("is kept whole, or not at all, where that is set", () => {
    expect(keptAddress("203.0.113.77", "full")).toBe("203.0.113.77");
    expect(keptAddress("203.0.113.77", "none")).toBeNull();
    expect(() => keptAddress("203.0.113.77", "some")).toThrow("AUDIT_ADDRESS");
  });
});

it("a secret in a path is in neither the path nor the resources", () => {
  const parameters = { uploadId: "upl_1", secret: "s3cr3t" };
  expect(pathWithout("/v1/uploads/:uploadId/:secret/events-ticket", parameters)).toBe(
    "/v1/uploads/upl_1/{secret}/events-ticket",
  );
  expect(resourcesOf(parameters, ["vid_1", "upl_1"])).toEqual(["upl_1", "vid_1"]);
});
