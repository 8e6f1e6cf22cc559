import { errorText } from "./errors.js";
import { toast } from "./toasts.js";

/**
 * Do something that the server may refuse, and show the error if it does.
 *
 * @param {() => Promise<unknown>} work
 */
export async function attempt(work) {
  try {
    await work();
  } catch (error) {
    toast(errorText(error));
  }
}
