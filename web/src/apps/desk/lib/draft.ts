// What is being written survives a reload of the tab, and nothing longer: forms may name people.
import { watch } from 'vue'

/** Fills `form` from what was left, and keeps it from now on. Returns how to let it go. */
export function keepDraft<T extends object>(name: string, form: T): () => void {
  const key = `tongsheng.draft.${name}`
  try {
    const stored = sessionStorage.getItem(key)
    if (stored) Object.assign(form, JSON.parse(stored))
  } catch {
    // a browser without storage keeps nothing
  }
  let ended = false
  watch(
    form,
    () => {
      if (ended) return
      try {
        sessionStorage.setItem(key, JSON.stringify(form))
      } catch {
        // as above
      }
    },
    { deep: true },
  )
  return () => {
    ended = true
    sessionStorage.removeItem(key)
  }
}
