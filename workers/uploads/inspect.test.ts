import { env } from "cloudflare:workers";
import { BufferTarget, EncodedPacket, EncodedVideoPacketSource, Mp4OutputFormat, Output } from "mediabunny";
import { expect, test } from "vitest";
import { sourceKey } from "#workers/storage/keys.ts";
import { createUpload, noise, patch, until } from "#workers/testing/tus-client.ts";
import { lookAt } from "./inspect.ts";

/** An MP4 as far as a look goes: one H.264 track of 50 pictures at 25 Hz, turned by a quarter. */
async function makeMp4(fastStart: boolean): Promise<Uint8Array> {
  const target = new BufferTarget();
  const output = new Output({
    format: new Mp4OutputFormat({ fastStart: fastStart ? "in-memory" : false }),
    target,
  });
  const source = new EncodedVideoPacketSource("avc");
  output.addVideoTrack(source, { frameRate: 25, rotation: 90 });
  await output.start();
  // SPS and PPS of a Baseline 320x240 stream.
  const description = Uint8Array.of(
    ...[1, 66, 192, 13, 255, 225, 0, 9, 0x67, 66, 192, 13, 0xda, 5, 7, 0xc4, 0x40],
    ...[1, 0, 4, 0x68, 0xce, 0x3c, 0x80],
  );
  const decoderConfig = { codec: "avc1.42c00d", codedWidth: 320, codedHeight: 240, description };
  for (let i = 0; i < 50; i += 1) {
    const packet = new EncodedPacket(noise(5_000, i + 1), i === 0 ? "key" : "delta", i / 25, 1 / 25);
    await source.add(packet, { decoderConfig });
  }
  await output.finalize();
  if (target.buffer === null) throw new Error("nothing was written");
  return new Uint8Array(target.buffer);
}

test.each([true, false])(
  "a file with its index in front (%s) or at the end is recognised, as displayed",
  async (fastStart) => {
    const file = await makeMp4(fastStart);
    await env.MEDIA.put("look", file);
    expect(await lookAt(env.MEDIA, "look", file.length)).toEqual({
      container: "MP4",
      videoCodec: "avc",
      audioCodec: null,
      durationSeconds: 2,
      width: 240,
      height: 320,
    });
  },
);

test("what is not a media file is nobody's error: text, noise, a playlist that names other files", async () => {
  const playlist =
    "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nhttp://127.0.0.1:1/secret.ts\n#EXT-X-ENDLIST\n";
  for (const file of [
    new TextEncoder().encode("hello"),
    noise(100_000),
    new TextEncoder().encode(playlist),
  ]) {
    await env.MEDIA.put("look", file);
    expect(await lookAt(env.MEDIA, "look", file.length)).toBeNull();
  }
});

test("a torn index tells nothing", async () => {
  const torn = (await makeMp4(true)).subarray(0, 900);
  await env.MEDIA.put("look", torn);
  const look = await lookAt(env.MEDIA, "look", torn.length);
  expect([look?.durationSeconds, look?.width]).toEqual([null, null]);
});

test("an upload's video shows length and size before anything is encoded", async () => {
  const file = await makeMp4(true);
  const upload = await createUpload(file.length);
  expect((await patch(upload.url, 0, file)).status).toBe(204);
  expect((await env.MEDIA.head(sourceKey(upload.videoId)))?.size).toBe(file.length);
  const row = await until(async () => {
    const found = await env.DB.prepare("SELECT duration_seconds, width, height FROM videos WHERE id = ?")
      .bind(upload.videoId)
      .first();
    return found?.["duration_seconds"] === null ? null : found;
  });
  expect(row).toEqual({ duration_seconds: 2, width: 240, height: 320 });
});
