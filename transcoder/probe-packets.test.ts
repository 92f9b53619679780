import { describe, expect, test } from "vitest";
import { packetReader } from "./probe-packets.ts";

const line = (index: number, pts: number | "N/A", dts: number | "N/A", duration: number, rest = "flags=K_") =>
  `stream_index=${index}|pts_time=${pts}|dts_time=${dts}|duration_time=${duration}|${rest}\n`;

function factsOf(text: string, index = 0) {
  const reader = packetReader(() => 48_000);
  reader.push(new TextEncoder().encode(text));
  return reader.facts(index);
}

describe("the packet reader", () => {
  test("reads lines that arrive in any pieces", () => {
    const bytes = new TextEncoder().encode(line(0, 1, 1, 0.5) + line(1, 7, 7, 1) + line(0, 1.5, 1.5, 0.5));
    const reader = packetReader(() => 0);
    for (const byte of bytes) reader.push(Uint8Array.of(byte));
    expect(reader.facts(0)).toMatchObject({ packetCount: 2, startSeconds: 1, endSeconds: 2 });
    expect(reader.facts(1)).toMatchObject({ packetCount: 1, startSeconds: 7, endSeconds: 8 });
  });

  test("a stream without packets is empty, at zero", () => {
    expect(factsOf("", 3)).toEqual({
      packetCount: 0,
      startSeconds: 0,
      endSeconds: 0,
      averageRate: null,
      typicalRate: null,
    });
  });

  test("B-frames change neither start, end nor distance", () => {
    const text =
      line(0, 0.08, 0, 0.04) +
      line(0, 0.2, 0.04, 0.04) +
      line(0, 0.12, 0.08, 0.04) +
      line(0, 0.16, 0.12, 0.04);
    const facts = factsOf(text);
    expect(facts.endSeconds).toBeCloseTo(0.24, 9);
    expect(facts).toMatchObject({
      packetCount: 4,
      startSeconds: 0.08,
      averageRate: { numerator: 25, denominator: 1 },
      typicalRate: { numerator: 25, denominator: 1 },
    });
  });

  test("decoding times stand in where there are no presentation times", () => {
    expect(factsOf(line(0, "N/A", 0, 0.5) + line(0, "N/A", 0.5, 0.5))).toMatchObject({
      startSeconds: 0,
      endSeconds: 1,
    });
  });

  test("packets without any time are counted", () => {
    expect(factsOf(line(0, "N/A", "N/A", 0.5))).toMatchObject({
      packetCount: 1,
      startSeconds: 0,
      endSeconds: 0,
    });
  });

  test("skipped samples may span several packets; padding shortens the last", () => {
    const text =
      line(0, -0.044, -0.044, 0.0213, "flags=K_|skip_samples=2112") +
      line(0, -0.0227, -0.0227, 0.0213) +
      line(0, -0.0014, -0.0014, 0.0213) +
      line(0, 1, 1, 0.02, "flags=K_|discard_padding=480");
    const facts = factsOf(text);
    expect(facts.startSeconds).toBeCloseTo(0, 6);
    expect(facts.endSeconds).toBeCloseTo(1.01, 6);
  });

  test("FFmpeg 7 writes the same with longer names", () => {
    const skip =
      "flags=K__|side_datum/skip_samples:side_data_type=Skip Samples|side_datum/skip_samples:skip_samples=480";
    expect(factsOf(line(0, 0, 0, 0.02, skip)).startSeconds).toBeCloseTo(0.01, 9);
  });

  test("counts on where every distance is another one", () => {
    const packets = 20_000;
    let text = "";
    for (let index = 0; index < packets; index++) {
      const seconds = index * index * 1e-5;
      text += line(0, seconds, seconds, 0.01);
    }
    const facts = factsOf(text);
    expect(facts.packetCount).toBe(packets);
    expect(facts.endSeconds).toBeCloseTo((packets - 1) ** 2 * 1e-5 + 0.01, 6);
    expect(facts.typicalRate).not.toBeNull();
  });
});
