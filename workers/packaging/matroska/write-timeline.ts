// The timeline, layout and map of a Matroska film from what was found in it.
import { mergeRanges } from "../source/byte-ranges.ts";
import { silenceFor } from "../source/silence.ts";
import type { SourceTimeline, SourceTrack } from "../source/source.ts";
import { encodeSpanLayout, type MatroskaTrack } from "../source/span-format.ts";
import { spanFragments, spanPeakBps } from "../source/span-tables.ts";
import { writeInit } from "../source/write-init.ts";
import { exactTicks, pictureTicks, soundTicksAt } from "./clock.ts";
import type { FilmSpans } from "./cue-edges.ts";
import type { FilmTimes, TimedPicture, TimedSound } from "./measure-times.ts";
import { headBytes, type MatroskaHeader } from "./read-header.ts";

export interface MatroskaFilm {
  readonly header: MatroskaHeader;
  readonly times: FilmTimes;
  readonly cut: FilmSpans;
  /** Units of the file. */
  readonly delay: number;
  readonly endSeconds: number;
}

export function writeTimeline(film: MatroskaFilm): SourceTimeline {
  const { header, times, cut, endSeconds } = film;
  const { clock, picture, sound } = times;
  const tracks = [
    ...(picture ? [pictureTrack(film, picture)] : []),
    ...sound.map((track, index) => soundTrack(film, track, `a${index}`)),
  ];
  const layoutTracks: MatroskaTrack[] = [
    ...(picture ? [pictureLayout(film, picture)] : []),
    ...sound.map((track, index) => soundLayout(track, `a${index}`)),
  ];
  const edges = cut.edges.map(({ timestamp, relativeBytes }) => ({ timestamp, relativeBytes }));
  const [lead] = tracks;
  const longest = lead?.fragments.durationTicks.reduce((most, ticks) => Math.max(most, ticks), 0) ?? 0;
  return {
    tracks,
    gop: { ticks: longest, timescale: lead?.format.timescale ?? 1 },
    layout: {
      kind: "spans",
      bytes: encodeSpanLayout({ kind: "matroska", clock, tracks: layoutTracks, edges }),
    },
    map: {
      always: mergeRanges([
        ...header.ranges,
        { offsetBytes: 0, sizeBytes: Math.min(headBytes, header.segment.end) },
        {
          offsetBytes: header.firstClusterOffset,
          sizeBytes: Math.min(headBytes, header.clustersEnd - header.firstClusterOffset),
        },
      ]),
      fragments: cut.spans.map((range, index) => ({
        startSeconds: ((cut.edges[index]?.timestamp ?? 0) * clock.timestampScale) / 1e9,
        range,
      })),
    },
    durationSeconds: endSeconds,
  };
}

function delayTicks({ delay, times }: MatroskaFilm, { clock }: TimedPicture): number {
  const exact = exactTicks({ ...times.clock, originNs: 0 }, clock.timescale, delay);
  if (clock.grid === null) return Math.ceil(exact);
  return Math.round(exact / clock.grid.frameTicks) * clock.grid.frameTicks;
}

function pictureTrack(film: MatroskaFilm, picture: TimedPicture): SourceTrack {
  const { cut, times, endSeconds } = film;
  const { clock, frameRate, codec, width, height, sampleEntry } = picture;
  const { timescale } = clock;
  // The first picture is shown from the start.
  const starts = cut.edges.map(({ timestamp }, index) =>
    index === 0 ? 0 : pictureTicks(times.clock, clock, timestamp),
  );
  const fragments = spanFragments(cut.spans, [...starts, Math.round(endSeconds * timescale)]);
  const editStartTicks = delayTicks(film, picture);
  return {
    format: {
      kind: "video",
      id: "v0",
      codec,
      timescale,
      editStartTicks,
      maxBitrateBps: spanPeakBps(fragments, timescale),
      width,
      height,
      frameRate,
    },
    init: writeInit({ kind: "video", timescale, sampleEntry, editStartTicks, width, height }),
    fragments,
  };
}

function pictureLayout(film: MatroskaFilm, picture: TimedPicture): MatroskaTrack {
  const { track, clock, frameRate } = picture;
  return {
    id: "v0",
    kind: "video",
    number: track.number,
    prefix: track.prefix,
    clock,
    delayTicks: delayTicks(film, picture),
    frameTicks: Math.round((clock.timescale * frameRate.denominator) / frameRate.numerator),
  };
}

function soundTrack({ cut, times, endSeconds }: MatroskaFilm, sound: TimedSound, id: string): SourceTrack {
  const { clock, codec, channels, sampleRateHz, sampleEntry, editStartTicks, maxBitrateBps } = sound;
  const { timescale } = clock;
  const starts = cut.edges.map((edge, index) =>
    index === 0 && sound.firstTicks !== null
      ? sound.firstTicks
      : Math.max(0, soundTicksAt(times.clock, clock, edge.timestamp)),
  );
  return {
    format: {
      kind: "audio",
      id,
      codec,
      timescale,
      editStartTicks,
      maxBitrateBps,
      channels,
      sampleRateHz,
      language: sound.track.language,
    },
    init: writeInit({ kind: "audio", timescale, sampleEntry, editStartTicks }),
    fragments: spanFragments(cut.spans, [...starts, Math.round(endSeconds * timescale)]),
  };
}

function soundLayout(sound: TimedSound, id: string): MatroskaTrack {
  const { track, clock, isOpus } = sound;
  return {
    id,
    kind: "audio",
    number: track.number,
    prefix: track.prefix,
    isOpus,
    clock,
    filler: silenceFor(sound, clock.timescale, isOpus ? 0 : clock.frameTicks),
  };
}
