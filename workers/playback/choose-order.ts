// Which picture players start with, and the order of the others. A wrong guess costs a moment: players adapt after
// the first segments. Whatever is asked for outright comes before whatever is measured, and that before hints.
import type { Format } from "#workers/timeline/timeline.ts";
import { isRecent, middleFirst, slowRttMs, startingWith, type Choice, type ChoiceInput } from "./choose.ts";
import type { DeviceClass } from "./device.ts";

interface Ordered {
  readonly order: readonly number[];
  readonly start: Choice["start"];
}

/** Of what was measured, a start leaves room: rates vary, and the first segments compete with the page. */
const usableShare = 0.7;
/** Of a viewer who had to wait. */
const starvedShare = 0.5;

/** Rungs above or below the middle one. */
const stepOf: Readonly<Record<DeviceClass, number>> = { phone: -1, tablet: 0, desktop: 0, tv: 1, unknown: 0 };

export function orderPictures(
  input: ChoiceInput,
  fromLowest: readonly number[],
  audios: readonly number[],
): Ordered {
  const { limits, network, history, device, formats } = input;
  if (limits.order !== undefined) return ordered(limits.order, fromLowest);
  if (network.saveData) return { order: fromLowest, start: { rule: "saveData" } };
  const budget = (bps: number) => {
    const sound = Math.max(0, ...audios.map((index) => formats[index]?.maxBitrateBps ?? 0));
    return startingWith(fromLowest, highestWithin(bps - sound, fromLowest, formats));
  };
  if (history !== null && isRecent(history, input.nowMs)) {
    const { throughputBps, starvations } = history;
    const share = starvations > 0 ? starvedShare : usableShare;
    const told = `${Math.round(throughputBps)} bit/s, ${starvations} starvations`;
    return { order: budget(throughputBps * share), start: { rule: "history", input: told } };
  }
  if (network.downlinkBps !== null) {
    const { downlinkBps } = network;
    return {
      order: budget(downlinkBps * usableShare),
      start: { rule: "downlink", input: `${downlinkBps} bit/s` },
    };
  }
  if (network.country !== null && input.startLowCountries.has(network.country))
    return { order: fromLowest, start: { rule: "country", input: network.country } };
  const { rttMs } = network;
  const isSlow = rttMs !== null && rttMs >= slowRttMs;
  const step = stepOf[device.class] - (isSlow ? 1 : 0);
  const start: Choice["start"] = isSlow
    ? { rule: "network", input: `${rttMs} ms, ${device.class}` }
    : stepOf[device.class] === 0
      ? { rule: "middle" }
      : { rule: "device", input: device.class };
  const last = fromLowest.length - 1;
  return { order: startingWith(fromLowest, Math.min(last, Math.max(0, (last >> 1) + step))), start };
}

function ordered(order: NonNullable<ChoiceInput["limits"]["order"]>, fromLowest: readonly number[]): Ordered {
  const start = { rule: "order", input: order } as const;
  switch (order) {
    case "ascending":
      return { order: fromLowest, start };
    case "descending":
      return { order: fromLowest.toReversed(), start };
    case "middleFirst":
      return { order: middleFirst(fromLowest), start };
  }
}

/** The lowest when none fits. */
function highestWithin(bps: number, fromLowest: readonly number[], formats: readonly Format[]): number {
  const above = fromLowest.findIndex((index) => (formats[index]?.maxBitrateBps ?? 0) > bps);
  return above < 0 ? fromLowest.length - 1 : Math.max(0, above - 1);
}
