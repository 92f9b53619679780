import { expect, it } from "vitest";
import type { Video } from "../api.ts";
import type { Followed } from "./follow-video.ts";
import { wordsOf } from "./words.ts";

interface Case {
  readonly state: Video["status"]["state"];
  readonly playable: boolean;
  readonly reason?: string;
  readonly error?: string;
  readonly etaSeconds?: number;
}

function followed({ state, playable, reason, error, etaSeconds = 40 }: Case): Followed {
  const status = {
    state,
    playable,
    percent: 41.7,
    error: error === undefined ? null : ({ code: "encodeFailed", message: error } as const),
  };
  const instantPlay =
    reason === undefined
      ? ({ state: "playable" } as const)
      : ({ state: "waiting", reason: { code: "rotated", message: reason } } as const);
  const video: Video = {
    ...{
      id: "vid_1",
      title: "",
      creator: null,
      metadata: {},
      status,
      instantPlay,
      source: null,
      replacement: null,
      tags: [],
    },
    ...{ durationSeconds: 60, width: 640, height: 360, frameRate: 25, segmentSeconds: 4, playback: {} },
    ...{ encoding: "standard", priority: "normal" },
    ...{
      availableFrom: null,
      availableUntil: null,
      deleteAt: null,
      posterTimeSeconds: null,
      clip: null,
      playbackIds: [],
      createdAt: "",
      updatedAt: "",
    },
  };
  return { video, percent: 41.7, etaSeconds };
}

it("says that a file plays at once, while its encoding is still ahead", () => {
  expect(wordsOf(followed({ state: "uploaded", playable: true }))).toMatchObject({
    pill: "Plays already",
    mood: "good",
  });
});

it("says why a file has to wait, until something plays", () => {
  const reason = "The picture is rotated.";
  expect(wordsOf(followed({ state: "uploaded", playable: false, reason })).detail).toContain(reason);
  expect(wordsOf(followed({ state: "processing", playable: false, reason })).detail).toBe(
    `Encoded 41% · 40 seconds left · ${reason}`,
  );
  expect(wordsOf(followed({ state: "processing", playable: true, reason })).detail).not.toContain(reason);
});

it("says of a film that nothing was made of that it plays as it came", () => {
  const { video, ...rest } = followed({ state: "ready", playable: true });
  expect(wordsOf({ video, ...rest }).detail).toBe("Encoded in all qualities");
  const passed = { ...video, encoding: "passthrough" };
  expect(wordsOf({ video: passed, ...rest }).detail).toBe("Plays as it was uploaded");
});

it("promises no time where none is known", () => {
  const unknown = { ...followed({ state: "processing", playable: true }), etaSeconds: null };
  expect(wordsOf(unknown).detail).toBe("Encoded 41%");
});

it("says of a failure what it was, and whether the file plays all the same", () => {
  const error = "The file ends too early.";
  expect(wordsOf(followed({ state: "error", playable: false, error }))).toEqual({
    pill: "Failed",
    mood: "bad",
    detail: error,
  });
  expect(wordsOf(followed({ state: "error", playable: true, error })).detail).toBe(
    `${error} · the uploaded file itself plays`,
  );
});
