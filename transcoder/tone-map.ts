/**
 * HDR (PQ or HLG) to BT.709, as a filter chain on the decoded picture. Put it after the scaling where sizes
 * shrink: it works in floating point. The transfer is the frame's own; primaries and matrix, which files often
 * leave out, are those that ITU-R BT.2100 has for both.
 */
export const toneMapFilter = [
  "setparams=color_primaries=bt2020:colorspace=bt2020nc",
  "zscale=transfer=linear:npl=100",
  "format=gbrpf32le",
  "zscale=primaries=bt709",
  "tonemap=hable:desat=0",
  "zscale=transfer=bt709:matrix=bt709:range=limited",
  "format=yuv420p",
].join(",");
