/** The key of a phone that reads the letters itself; no session of a camera has it. */
export const ON_PHONE = "phone";
