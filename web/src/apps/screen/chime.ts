// One soft tone at the end of a time. A browser that wants to be touched first stays silent.
export function chime(): void {
  const audio = new AudioContext()
  const tone = audio.createOscillator()
  const volume = audio.createGain()
  const at = audio.currentTime
  tone.frequency.value = 660
  volume.gain.setValueAtTime(0.0001, at)
  volume.gain.exponentialRampToValueAtTime(0.12, at + 0.05)
  volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.9)
  tone.connect(volume).connect(audio.destination)
  tone.onended = () => void audio.close()
  tone.start(at)
  tone.stop(at + 1)
}
