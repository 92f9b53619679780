/** Of the Worker and its runners: the version of package.json, which a bundle does not hold. */
export const release = "0.1.0";
