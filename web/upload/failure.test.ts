import { expect, it } from "vitest";
import { uploadFailure } from "./failure.ts";

it("asks for another key when the key is at fault", () => {
  expect(uploadFailure({ status: 401, code: "unauthenticated" }).remedy).toBe("key");
  expect(uploadFailure({ status: 403, code: "forbidden" }).remedy).toBe("key");
});

it("does not offer to send again what is too large", () => {
  expect(uploadFailure({ status: 413, code: "uploadTooLarge" }).remedy).toBe("none");
  expect(uploadFailure({ status: 413, code: "bodyTooLarge" }).remedy).toBe("none");
});

it("goes on after everything that may pass", () => {
  for (const status of [0, 404, 409, 410, 423, 460, 500, 503]) {
    expect(uploadFailure({ status, code: null }).remedy).toBe("again");
  }
});

it("says of each refusal what happened", () => {
  const messages = [0, 401, 403, 409, 410, 413, 423, 460, 503].map(
    (status) => uploadFailure({ status, code: null }).message,
  );
  expect(new Set(messages).size).toBe(messages.length);
  expect(uploadFailure({ status: 410, code: "uploadExpired" }).message).toContain("expired");
});
