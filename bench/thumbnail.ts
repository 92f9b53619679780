// A picture of the film: of a video that was never asked for, and of one whose picture the location's cache has.
import { randomBytes } from "node:crypto";
import { encodeThumbnailPack } from "#workers/packaging/thumbnail-pack.ts";
import { thumbnailPackKey } from "#workers/storage/keys.ts";
import type { StoredImages } from "#workers/storage/stored-images.ts";
import { storeFilm } from "#workers/testing/store-film.ts";
import type { Stack } from "../scripts/stack/stack.ts";
import { baselineUrl, withBenchStack } from "./bench-stack.ts";
import { judge, median, type Claim } from "./claim.ts";

const pictures = 20;
const videosPerRound = 10;
const picturesOfFilm = 40;
const size = { width: 320, height: 180 };
const pictureBytes = 12_000;
const everySeconds = 2;
const attempt = 1;
const images: StoredImages = {
  attempt,
  poster: [size],
  thumbnails: { everySeconds, count: picturesOfFilm, sizes: [size] },
  storyboard: { width: 160, height: 90, columns: 5, rows: 5 },
  preview: null,
  frame: { streamIndex: 0, sourceStartSeconds: 0, toneMap: false, deinterlace: false },
};

interface Pictured {
  readonly videoId: string;
  readonly playbackId: string;
}

async function pictured(stack: Stack): Promise<Pictured> {
  const [DB, MEDIA] = await Promise.all([
    stack.worker.miniflare.getD1Database("DB"),
    stack.worker.miniflare.getR2Bucket("MEDIA"),
  ]);
  const { videoId, playbackId } = await storeFilm({ DB, MEDIA });
  const pack = encodeThumbnailPack({
    ...size,
    everySeconds,
    images: Array.from({ length: picturesOfFilm }, () => randomBytes(pictureBytes)),
  });
  await MEDIA.put(thumbnailPackKey(videoId, 1, size.width, attempt), pack);
  await DB.prepare("UPDATE versions SET images = ? WHERE video_id = ?")
    .bind(JSON.stringify(images), videoId)
    .run();
  return { videoId, playbackId };
}

export const thumbnail: Claim = {
  name: "thumbnail",
  run: ({ rounds }) =>
    withBenchStack(async (stack) => {
      const [cold, bareCold, warm, bareWarm]: number[][] = [[], [], [], []];
      const url = ({ playbackId }: Pictured, second: number) =>
        `${stack.url}/p/${playbackId}/thumbnail.jpg?time=${second}&width=${size.width}`;
      for (let round = -1; round < rounds; round++) {
        const videos: Pictured[] = [];
        for (let at = 0; at < videosPerRound; at++) {
          videos.push(await pictured(stack));
        }
        const stored = ({ videoId }: Pictured, name: string) =>
          baselineUrl(stack, name === "" ? "range" : "fill", {
            ...{
              key: thumbnailPackKey(videoId, 1, size.width, attempt),
              offset: 1_000,
              length: pictureBytes,
            },
            ...(name === "" ? {} : { name }),
          });
        const ofCold = [
          await each(videos, (video) => url(video, 5)),
          await each(videos, (video) => stored(video, "")),
        ];
        const [first] = videos;
        if (first === undefined) continue;
        const many = Array.from({ length: pictures }, () => first);
        await each(many, (video) => stored(video, `thumbnail-${round}`));
        const ofWarm = [
          await each(many, (video) => url(video, 5)),
          await each(many, (video) => stored(video, `thumbnail-${round}`)),
        ];
        // The first round loads the code of all later ones.
        if (round < 0) continue;
        for (const [list, sample] of [
          [cold, ofCold[0]],
          [bareCold, ofCold[1]],
          [warm, ofWarm[0]],
          [bareWarm, ofWarm[1]],
        ] as const)
          list?.push(sample ?? Number.NaN);
      }
      return [
        judge({
          name: "thumbnail-cold",
          unit: "ms",
          values: cold ?? [],
          baselines: bareCold ?? [],
          aim: { of: "value", is: "<=", bound: 50 },
          note: `the first picture of a video that nobody asked for, ${videosPerRound} a round: its record, the head of its pack, the picture; baseline is one bare ranged get of R2`,
        }),
        judge({
          name: "thumbnail-cached",
          unit: "ms",
          values: warm ?? [],
          baselines: bareWarm ?? [],
          aim: { of: "ratio", is: "<=", bound: 1.5 },
          note: `the same picture again, ${pictures} a round; baseline is a bare cache hit`,
        }),
      ];
    }),
};

async function each(videos: readonly Pictured[], urlOf: (video: Pictured) => string): Promise<number> {
  const times: number[] = [];
  for (const video of videos) {
    const atMs = performance.now();
    const answer = await fetch(urlOf(video));
    await answer.arrayBuffer();
    if (answer.status !== 200) throw new Error(`${urlOf(video)}: ${answer.status}`);
    times.push(performance.now() - atMs);
  }
  return median(times);
}
