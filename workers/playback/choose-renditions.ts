// Which renditions a viewer is offered to whom some rule applies, and from where to where: rules in a fixed order, each
// of which drops some tracks of one kind. Loaded when the first such viewer comes. What the rules say is kept with the choice, so an explanation prints the decision itself. Pure.
import type { Limits } from "#workers/access/limits.ts";
import { languageTag } from "#workers/packaging/languages.ts";
import { ok, refuse, type Result } from "#workers/result.ts";
import type { Format } from "#workers/timeline/timeline.ts";
import {
  completeChoice,
  plainChoice,
  rising,
  shorterSide,
  undecided,
  type Choice,
  type ChoiceInput,
  type ChoiceRefusal,
  type RenditionRule,
  type RenditionVerdict,
} from "./choose.ts";
import { codecName, namesOfKind } from "./choose-codecs.ts";
import { isInRange } from "./choose-languages.ts";
import { orderPictures } from "./choose-order.ts";
import { clipOf } from "./clip.ts";

export function chooseRenditions(input: ChoiceInput): Result<Choice, ChoiceRefusal> {
  const plain = plainChoice(input);
  if (plain !== null) return ok(plain);
  const { formats, limits } = input;
  const clip = clipOf(limits, input.span, input.g);
  if (!clip.ok) return clip;
  const verdicts = undecided(formats);
  for (const rule of rules) {
    const refusal = apply(rule, input, verdicts);
    if (refusal !== null) return refuse(refusal);
  }
  const isKept = (index: number) => verdicts[index]?.kept === true;
  const audios = [...formats.keys()].filter((index) => formats[index]?.kind === "audio" && isKept(index));
  const { order, start } = orderPictures(input, rising(formats).filter(isKept), audios);
  return ok(
    completeChoice(formats, audios, {
      isPlain: false,
      videoOrder: order,
      defaultAudio: defaultAudioOf(limits, formats, audios),
      namesLanguages: limits.audioLanguages !== undefined,
      // Pictures to scrub by are bytes beside those that are watched.
      iFrames: !input.network.saveData,
      ...clip.value,
      defaultSubtitles: limits.defaultSubtitles ?? null,
      renditions: verdicts,
      start,
    }),
  );
}

interface Rule {
  readonly name: RenditionRule;
  readonly kind: Format["kind"];
  /** Null: this rule has nothing to say to this viewer. `input` is for the explanation. */
  readonly of: (
    input: ChoiceInput,
  ) => { readonly keeps: (format: Format) => boolean; readonly input: string } | null;
  /** When nothing of the kind would be left: keep the lowest (or first), leave all as they were, or refuse. */
  readonly ifNone: "keepFirst" | "keepAll" | "keepNone" | "codecsNotOffered";
}

/** A picture above this is not for someone who asked to be sent less. */
const saveDataHeight = 480;

const rules: readonly Rule[] = [
  {
    name: "audioOnly",
    kind: "video",
    of: ({ limits }) => (limits.audioOnly === true ? { keeps: () => false, input: "true" } : null),
    ifNone: "keepNone",
  },
  { name: "codecs", kind: "video", of: codecsOf("video"), ifNone: "codecsNotOffered" },
  { name: "codecs", kind: "audio", of: codecsOf("audio"), ifNone: "codecsNotOffered" },
  { name: "device", kind: "video", of: missingCodecs, ifNone: "keepAll" },
  { name: "device", kind: "audio", of: missingCodecs, ifNone: "keepAll" },
  {
    name: "maxHeight",
    kind: "video",
    of: ({ limits }) => atMost(limits.maxHeight),
    ifNone: "keepFirst",
  },
  {
    name: "saveData",
    kind: "video",
    // Who names a height means it: a hint counts less.
    of: ({ limits, network }) =>
      network.saveData && limits.maxHeight === undefined && limits.minHeight === undefined
        ? atMost(saveDataHeight)
        : null,
    ifNone: "keepFirst",
  },
  {
    name: "minHeight",
    kind: "video",
    of: ({ limits: { minHeight } }) =>
      minHeight === undefined
        ? null
        : { keeps: (format) => shorterSide(format) >= minHeight, input: String(minHeight) },
    ifNone: "keepAll",
  },
  { name: "audioLanguages", kind: "audio", of: languagesOf, ifNone: "keepFirst" },
];

/** Marks what the rule drops. */
function apply(rule: Rule, input: ChoiceInput, verdicts: RenditionVerdict[]): ChoiceRefusal | null {
  const applied = rule.of(input);
  if (applied === null) return null;
  const { formats } = input;
  const isLeft = (index: number) => formats[index]?.kind === rule.kind && verdicts[index]?.kept === true;
  const left = rule.kind === "video" ? rising(formats).filter(isLeft) : [...formats.keys()].filter(isLeft);
  const dropped = left.filter((index) => {
    const format = formats[index];
    return format !== undefined && !applied.keeps(format);
  });
  const say = (index: number, kept: boolean, name: RenditionRule, from: string) => {
    const track = formats[index]?.id ?? "";
    verdicts[index] = { track, kept, rule: name, input: from };
  };
  if (dropped.length === left.length && left.length > 0) {
    switch (rule.ifNone) {
      case "keepAll":
        return null;
      case "keepNone":
        // Nothing else plays either.
        if (!formats.some(({ kind }) => kind !== rule.kind)) return "soundNotOffered";
        break;
      case "keepFirst": {
        const [first] = dropped.splice(0, 1);
        if (first !== undefined) say(first, true, "keptAsLast", `${rule.name} ${applied.input}`);
        break;
      }
      case "codecsNotOffered":
        return rule.ifNone;
    }
  }
  for (const index of dropped) say(index, false, rule.name, applied.input);
  return null;
}

function codecsOf(kind: Format["kind"]) {
  return ({ limits: { codecs } }: ChoiceInput) => {
    const names = codecs === undefined ? null : namesOfKind(codecs, kind);
    if (names === null) return null;
    return { keeps: ({ codec }: Format) => names.includes(codecName(codec)), input: names.join(",") };
  };
}

function missingCodecs({ device: { cannotPlay, class: deviceClass } }: ChoiceInput) {
  if (cannotPlay.length === 0) return null;
  return {
    keeps: ({ codec }: Format) => !cannotPlay.includes(codecName(codec)),
    input: `${deviceClass} without ${cannotPlay.join(",")}`,
  };
}

function atMost(height: number | undefined) {
  if (height === undefined) return null;
  return { keeps: (format: Format) => shorterSide(format) <= height, input: String(height) };
}

function languagesOf({ limits: { audioLanguages } }: ChoiceInput) {
  if (audioLanguages === undefined) return null;
  const ranges = audioLanguages.map(languageTag);
  return {
    keeps: (format: Format) =>
      format.kind === "audio" && ranges.some((range) => isInRange(languageTag(format.language), range)),
    input: ranges.join(","),
  };
}

/** The first language that was asked for and is there; else the first sound. */
function defaultAudioOf(
  { audioLanguages = [] }: Limits,
  formats: readonly Format[],
  audios: readonly number[],
) {
  for (const range of audioLanguages.map(languageTag)) {
    const found = audios.find((index) => {
      const format = formats[index];
      return format?.kind === "audio" && isInRange(languageTag(format.language), range);
    });
    if (found !== undefined) return found;
  }
  return audios[0] ?? null;
}
