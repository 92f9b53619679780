// Whether a browser plays this sound as it is, judged by its sample entry, and the entry as ISO files have it: a
// QuickTime description keeps its decoder configuration in a `wave` box behind fields of its own.
import { ok, refuse, type Result } from "#workers/result.ts";
import { fieldReader, type Box, type FieldReader } from "../cmaf/boxes.ts";
import { audioConfig } from "../cmaf/codec.ts";
import { ascii, box, u16, u32, zeros } from "../cmaf/write-boxes.ts";
import { childBoxes } from "../mp4/child-boxes.ts";
import type { Unfit, UnfitCode } from "./source.ts";
import { printable } from "./video-fit.ts";

export interface AudioFacts {
  /** RFC 6381. */
  readonly codec: string;
  readonly channels: number;
  readonly sampleRateHz: number;
  /** Version 0, with the configuration beside its fields. */
  readonly sampleEntry: Uint8Array;
}

const mostChannels = 8;

/** `entry` is a whole sample entry box. */
export function fitAudio(entry: Uint8Array): Result<AudioFacts, Unfit> {
  const header = fieldReader(entry, 0, entry.length);
  header.skip(4);
  const type = header.fourCc();
  const fields = readFields(header);
  if (header.failed()) return unfit("malformed", "The description of the sound is cut off.");
  const boxes = childBoxes(entry, { bodyOffset: header.offset(), end: entry.length });
  const wave = boxes.find((child) => child.type === "wave");
  const all = [...boxes, ...(wave ? childBoxes(entry, wave) : [])];
  if (type === "enca" || type === "drms" || all.some((child) => child.type === "sinf")) {
    return unfit("encrypted", "The sound is encrypted.");
  }
  const facts = all.map((child) => configured(entry, type, child, fields)).find((found) => found !== null);
  if (!facts) {
    const message = `Browsers are not sure to play sound of the codec ${printable(type)}.`;
    return unfit("audioCodecNotSupported", message);
  }
  return facts.channels > 0 && facts.channels <= mostChannels && facts.sampleRateHz > 0
    ? ok(facts)
    : unfit("audioCodecNotSupported", "The sound's channels or sample rate are not known.");
}

interface EntryFields {
  readonly channels: number;
  readonly sampleRateHz: number;
}

/** 14496-12 12.2.3; QuickTime file format, sound sample descriptions of version 1 and 2. */
function readFields(reader: FieldReader): EntryFields {
  reader.skip(8);
  const version = reader.u16();
  reader.skip(6);
  const channels = reader.u16();
  reader.skip(6);
  const sampleRateHz = reader.u32() / 0x10000;
  if (version === 1) reader.skip(16);
  if (version !== 2) return { channels, sampleRateHz };
  // Size of the structure, then the rate as a 64-bit float, which the decoder configuration says again.
  reader.skip(12);
  const wideChannels = reader.u32();
  reader.skip(20);
  return { channels: wideChannels, sampleRateHz: 0 };
}

/** AAC-LC, and HE-AAC in both versions. */
const aacCodecs = new Set(["mp4a.40.2", "mp4a.40.5", "mp4a.40.29"]);

function configured(entry: Uint8Array, type: string, child: Box, fields: EntryFields): AudioFacts | null {
  const config = audioConfig(entry, type, child);
  if (!config || !(aacCodecs.has(config.codec) || config.codec === "opus")) return null;
  const channels = config.channels ?? fields.channels;
  const sampleRateHz = config.sampleRateHz ?? fields.sampleRateHz;
  const sampleEntry = box(
    type,
    zeros(6),
    u16(1),
    zeros(8),
    u16(channels),
    u16(16),
    zeros(4),
    // A fixed point number of 16 bits; the configuration says what does not fit.
    u32(sampleRateHz < 0x10000 ? sampleRateHz * 0x10000 : 0),
    u32(8 + child.end - child.bodyOffset),
    ascii(child.type),
    entry.subarray(child.bodyOffset, child.end),
  );
  return { codec: config.codec, channels, sampleRateHz, sampleEntry };
}

function unfit(code: UnfitCode, message: string) {
  return refuse<Unfit>({ code, message });
}
