// An uploaded file, whatever it is, becomes a timeline of its own media, or the reason why it has to wait.
import { refuse, type Result } from "#workers/result.ts";
import { readMatroskaSource } from "../matroska/matroska-source.ts";
import { findMoov } from "../mp4/find-moov.ts";
import { readFragmentedMp4Source } from "../mp4/fragmented-source.ts";
import { readMp4Source } from "../mp4/mp4-source.ts";
import { readMoov } from "../mp4/read-moov.ts";
import type { SourceReader, SourceTimeline, Unfit, UnfitCode } from "./source.ts";

const headBytes = 65_536;

export async function readSource(reader: SourceReader): Promise<Result<SourceTimeline, Unfit>> {
  const head = await reader.read(0, Math.min(headBytes, reader.sizeBytes));
  if (isMp4(head)) return readMovie(reader, head);
  return isMatroska(head)
    ? readMatroskaSource(reader)
    : unfit("containerNotSupported", "The file is not of a kind that is played as it is.");
}

async function readMovie(reader: SourceReader, head: Uint8Array): Promise<Result<SourceTimeline, Unfit>> {
  const found = await findMoov(reader, head);
  if (!found.ok) return found;
  const movie = readMoov(found.value.moov);
  if (!movie) return unfit("malformed", "The file's index (moov) has no header.");
  if (movie.isFragmented) return readFragmentedMp4Source(reader, found.value, movie);
  return readMp4Source(found.value, movie, reader.sizeBytes);
}

/** 14496-12 4.3 and QuickTime, whose files may begin without a file type. */
const firstBoxes = new Set(["ftyp", "moov", "mdat", "wide", "free", "skip", "pnot"]);

function isMp4(head: Uint8Array): boolean {
  return firstBoxes.has(String.fromCharCode(...head.subarray(4, 8)));
}

/** RFC 8794 8.1: the EBML header comes first. */
function isMatroska(head: Uint8Array): boolean {
  return [0x1a, 0x45, 0xdf, 0xa3].every((byte, at) => head[at] === byte);
}

function unfit(code: UnfitCode, message: string) {
  return refuse<Unfit>({ code, message });
}
