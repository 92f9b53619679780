// Chapters: moments with a title, each lasting until the next. Pure.
import { timestamp } from "#workers/packaging/captions/cue.ts";

export interface Chapter {
  readonly startSeconds: number;
  readonly title: string;
}

export interface ChapterList {
  /** BCP 47. */
  readonly language: string;
  readonly chapters: readonly Chapter[];
}

interface Span {
  readonly title: string;
  readonly startSeconds: number;
  readonly endSeconds: number;
}

/** What is seen of them between two moments, from the first of these on. */
export function cutChapters(list: ChapterList, fromSeconds: number, toSeconds: number): ChapterList {
  const { chapters } = list;
  const kept = chapters.flatMap(({ startSeconds, title }, index) => {
    const endSeconds = chapters[index + 1]?.startSeconds ?? Infinity;
    if (startSeconds >= toSeconds || endSeconds <= fromSeconds) return [];
    return [{ startSeconds: Math.max(0, milli(startSeconds - fromSeconds)), title }];
  });
  return { ...list, chapters: kept };
}

const milli = (seconds: number) => Math.round(seconds * 1000) / 1000;

/** One that begins where the video has ended already is none. */
function spansOf({ chapters }: ChapterList, durationSeconds: number): readonly Span[] {
  return chapters
    .map(({ title, startSeconds }, index) => ({
      title,
      startSeconds,
      endSeconds: Math.min(chapters[index + 1]?.startSeconds ?? Infinity, durationSeconds),
    }))
    .filter(({ startSeconds, endSeconds }) => endSeconds > startSeconds);
}

/** WebVTT 1.5: a chapters file is of cues whose text is a title, one line. */
export function printChapters(list: ChapterList, durationSeconds: number): string {
  const cues = spansOf(list, durationSeconds).map(
    ({ title, startSeconds, endSeconds }) =>
      `${timestamp(Math.round(startSeconds * 1000))} --> ${timestamp(Math.round(endSeconds * 1000))}\n${cueText(title)}`,
  );
  return `${["WEBVTT", ...cues].join("\n\n")}\n`;
}

function cueText(title: string): string {
  return title.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/**
 * "JSON Chapters" of Apple's HLS authoring: an array of chapters, each with its titles by language. Of lists that begin
 * at other moments the first one's moments count, and the others' titles where they agree.
 */
export function appleChapters(lists: readonly ChapterList[], durationSeconds: number) {
  const [first] = lists;
  if (first === undefined) return [];
  return spansOf(first, durationSeconds).map(({ startSeconds, endSeconds }, index) => ({
    chapter: index + 1,
    "start-time": startSeconds,
    duration: milli(endSeconds - startSeconds),
    titles: lists.flatMap(({ language, chapters }) => {
      const same = chapters.find((chapter) => chapter.startSeconds === startSeconds);
      return same === undefined ? [] : [{ language, title: same.title }];
    }),
  }));
}
