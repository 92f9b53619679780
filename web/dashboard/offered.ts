// What a multivariant playlist offers, for people to read. Pure.

export interface OfferedPicture {
  readonly resolution: string;
  readonly codecs: string;
  readonly frameRate: string;
  readonly bandwidthBps: number;
}

export interface OfferedTrack {
  readonly kind: "Sound" | "Text";
  readonly name: string;
  readonly language: string;
  /** Empty where it is not told. */
  readonly channels: string;
}

export interface Offered {
  readonly pictures: readonly OfferedPicture[];
  readonly tracks: readonly OfferedTrack[];
}

/** RFC 8216 4.3.4: attributes of EXT-X-STREAM-INF and EXT-X-MEDIA. One picture stands once, whatever its sounds. */
export function offeredBy(playlist: string): Offered {
  const pictures = new Map<string, OfferedPicture>();
  const tracks: OfferedTrack[] = [];
  for (const line of playlist.split(/\r?\n/)) {
    const [, tag, list = ""] = /^#EXT-X-(STREAM-INF|MEDIA):(.*)$/.exec(line) ?? [];
    if (tag === undefined) continue;
    const attribute = attributesOf(list);
    if (tag === "MEDIA") {
      const type = attribute("TYPE");
      if (type !== "AUDIO" && type !== "SUBTITLES") continue;
      const track = {
        kind: type === "AUDIO" ? "Sound" : "Text",
        name: attribute("NAME"),
        language: attribute("LANGUAGE"),
        channels: attribute("CHANNELS").split("/")[0] ?? "",
      } as const;
      if (!tracks.some((other) => JSON.stringify(other) === JSON.stringify(track))) tracks.push(track);
      continue;
    }
    const codecs = attribute("CODECS");
    const resolution = attribute("RESOLUTION");
    const known = `${resolution} ${codecs.split(",")[0] ?? ""}`;
    if (resolution === "" || pictures.has(known)) continue;
    pictures.set(known, {
      resolution: resolution.replace("x", " × "),
      codecs,
      frameRate: attribute("FRAME-RATE"),
      bandwidthBps: Number(attribute("BANDWIDTH")),
    });
  }
  return { pictures: [...pictures.values()].sort((a, b) => b.bandwidthBps - a.bandwidthBps), tracks };
}

function attributesOf(list: string): (name: string) => string {
  const found = new Map<string, string>();
  for (const [, name = "", quoted, bare] of list.matchAll(/([A-Z0-9-]+)=(?:"([^"]*)"|([^,]*))/g))
    found.set(name, quoted ?? bare ?? "");
  return (name) => found.get(name) ?? "";
}
