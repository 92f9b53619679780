import { runInDurableObject } from "cloudflare:test";
import { expect } from "vitest";

/**
 * Takes an object's memory from it, at once and in mid-work. An eviction would first wait for all references to
 * go, which those of answers to `fetch` do late, and gives up after a while.
 */
export async function restart(object: DurableObjectStub): Promise<void> {
  const aborted = runInDurableObject(object, (_, state) => state.abort("restarted by the test"));
  await expect(aborted).rejects.toThrow("restarted by the test");
}
