// The page for kiosks without a scanner: the same, with a camera where the slip is asked for.
import Camera from '@/apps/kiosk/Camera.vue'
import { start } from '@/apps/kiosk/start'

start(Camera)
