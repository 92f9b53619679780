import { expect, it } from "vitest";
import { uploadIdIn } from "./transfer.ts";

it("reads the upload's id, and never its secret, out of the upload's URL", () => {
  expect(uploadIdIn("https://a.example/v1/uploads/upl_01JDC3Y5T8/s3cr3t")).toBe("upl_01JDC3Y5T8");
  expect(uploadIdIn("/v1/uploads/upl_1/s3cr3t?x=/v1/uploads/upl_2/")).toBe("upl_1");
  expect(uploadIdIn("https://a.example/v1/uploads/tus")).toBe("");
});
