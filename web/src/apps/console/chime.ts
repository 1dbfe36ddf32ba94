// A soft tone at the end of the time (FU-07); silence where there is no sound.
export function chime(): void {
  try {
    const audio = new AudioContext()
    const tone = audio.createOscillator()
    const gain = audio.createGain()
    tone.frequency.value = 660
    gain.gain.setValueAtTime(0.0001, audio.currentTime)
    gain.gain.exponentialRampToValueAtTime(0.15, audio.currentTime + 0.05)
    gain.gain.exponentialRampToValueAtTime(0.0001, audio.currentTime + 0.9)
    tone.connect(gain).connect(audio.destination)
    tone.start()
    tone.stop(audio.currentTime + 1)
    tone.onended = () => void audio.close()
  } catch {
    // no sound here
  }
}
