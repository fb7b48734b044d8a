/** What stands in for a value that must not be shown, in replies and in records alike. */
export const mask = '********';
