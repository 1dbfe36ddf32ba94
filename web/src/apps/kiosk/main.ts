import { start } from '@/apps/kiosk/start'

start()
