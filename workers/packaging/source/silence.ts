// A frame of silence of a sound's own codec, for the parts of a film that have no sound: a player waits at a hole.
import type { AudioFacts } from "./audio-fit.ts";
import type { Filler } from "./page-format.ts";

// A raw_data_block (ISO/IEC 14496-3 4.4.2.1) of 1 to 6 channels, all spectra zero.
const aacFrames = [
  "00c800802380",
  "210049900219002380",
  "00c8008020840126400864008e",
  "00c800802084012640086400802c80080238",
  "00c800802084012640086400823004990021900238",
  "00c800802084012640086400823004990021900200b2002008e0",
];
/** RFC 6716 3.1: CELT, full band, 20 ms, stereo; nothing coded. A mono decoder takes it too. */
const opusFrame = "fcfffe";
const opusFrameSeconds = 0.02;
/** Shorter frames are a lie of the file's, and would fill it with billions of them. */
const shortestFrameSeconds = 0.005;

/** Null where no silence is known. `frameTicks` is the duration of the sound's own frames. */
export function silenceFor(facts: AudioFacts, timescale: number, frameTicks: number): Filler | null {
  const isOpus = facts.codec === "opus";
  // Parametric stereo is coded as one channel.
  const channels = facts.codec === "mp4a.40.29" ? 1 : facts.channels;
  const frame = isOpus ? opusFrame : aacFrames[channels - 1];
  const durationTicks = isOpus ? Math.round(opusFrameSeconds * timescale) : frameTicks;
  if (frame === undefined || durationTicks < shortestFrameSeconds * timescale) return null;
  return { bytes: fromHex(frame), durationTicks };
}

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
}
