// How long a frame of AAC is, from its AudioSpecificConfig (ISO/IEC 14496-3 1.6.2.1 and 4.4.1).

export interface AacTiming {
  /** The core's sample rate: half the output's for HE-AAC. */
  readonly timescale: number;
  readonly frameTicks: number;
}

const sampleRates = [
  96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8000, 7350,
];
const sbr = 5;
const ps = 29;

export function readAacTiming(config: Uint8Array): AacTiming | null {
  let at = 0;
  const read = (count: number) => {
    let value = 0;
    for (let i = 0; i < count; i++, at++)
      value = value * 2 + (((config[at >> 3] ?? 0) >> (7 - (at & 7))) & 1);
    return value;
  };
  const readType = () => {
    const type = read(5);
    return type === 31 ? 32 + read(6) : type;
  };
  const readRate = () => {
    const index = read(4);
    return index === 15 ? read(24) : (sampleRates[index] ?? 0);
  };
  const type = readType();
  const timescale = readRate();
  read(4);
  if (type === sbr || type === ps) {
    readRate();
    readType();
  }
  // GASpecificConfig: frameLengthFlag.
  const frameTicks = read(1) === 1 ? 960 : 1024;
  return at > config.length * 8 || timescale === 0 ? null : { timescale, frameTicks };
}
