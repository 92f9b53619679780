import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { keyHash, playbackIdHash, tokenHash, viewerHash } from "./credential-hash.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest();

it("hashes the kind and the id, so that equal ids of two kinds are not one subject", async () => {
  for (const id of ["", "7", "ü\0x", "a".repeat(1_000)]) {
    expect([...(await viewerHash(id))]).toEqual([...sha256(`viewer\0${id}`).subarray(0, 8)]);
    expect([...(await tokenHash(id))]).toEqual([...sha256(`token\0${id}`).subarray(0, 8)]);
    expect([...(await playbackIdHash(id))]).toEqual([...sha256(`playbackId\0${id}`).subarray(0, 8)]);
    expect(await keyHash(id)).toBe(sha256(id).readUInt32BE(0));
  }
});
