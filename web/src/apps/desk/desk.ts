// What every page of the desk works with: who is here, which body and council are chosen, views, and
// sending a command with its answer told to the person.
import {
  computed,
  inject,
  provide,
  ref,
  shallowRef,
  watchEffect,
  type ComputedRef,
  type InjectionKey,
  type Ref,
} from 'vue'
import { useI18n } from 'vue-i18n'
import { ElMessage } from '@/apps/desk/ui'
import type { Commands, Reject, Reply, ViewDesk, ViewMe, Views } from '@/gen/protocol'
import type { Language } from '@/i18n'
import { explain } from '@/link/reject'
import { Rejected, type Seen } from '@/link/socket'
import type { StaffLink } from '@/link/staff'

export interface Desk {
  staff: StaffLink
  me: ComputedRef<ViewMe | null | undefined>
  body: Ref<string>
  council: Ref<string>
  /** the chosen council's body, with everything an organiser sees of it */
  home: ComputedRef<ViewDesk | null | undefined>
}

const KEY: InjectionKey<Desk> = Symbol('desk')

export function provideDesk(staff: StaffLink): Desk {
  const body = ref('')
  const council = ref('')
  const me = watchView(staff, 'me', () => (staff.known.value ? '' : undefined))
  watchEffect(() => {
    const seen = me.value
    if (!seen || seen.kind !== 'staff') return
    if (!body.value)
      body.value = (seen.grants.find((g) => g.role === 'organiser') ?? seen.grants[0])?.body ?? ''
    if (!seen.councils.some((row) => row.council === council.value))
      council.value = seen.councils[0]?.council ?? ''
  })
  const home = watchView(
    staff,
    'desk',
    () => me.value?.councils.find((row) => row.council === council.value)?.body,
  )
  const desk = { staff, me, body, council, home }
  provide(KEY, desk)
  return desk
}

export function useDesk(): Desk {
  const desk = inject(KEY)
  if (!desk) throw new Error('outside of the desk')
  return desk
}

function watchView<V extends keyof Views>(
  staff: StaffLink,
  view: V,
  key: () => string | undefined,
): ComputedRef<Views[V] | null | undefined> {
  const seen = shallowRef<Seen<V>>()
  const wanted = computed(key)
  watchEffect((onCleanup) => {
    const name = wanted.value
    seen.value = undefined
    if (name === undefined) return
    const mine = staff.link.watch(view, name)
    seen.value = mine
    onCleanup(() => mine.stop())
  })
  return computed(() => (seen.value?.reject.value ? null : seen.value?.body.value))
}

/** A view for as long as the component lives; undefined: not here yet, null: not for this viewer. */
export function useView<V extends keyof Views>(view: V, key: () => string | undefined) {
  return watchView(useDesk().staff, view, key)
}

/** The council that was chosen in the head of the page, as the organiser sees it. */
export function useCouncil() {
  const desk = useDesk()
  return computed(() => desk.home.value?.councils.find((row) => row.council === desk.council.value))
}

/** Sends commands; a refusal is told in the person's language and undefined comes back. */
export function useAct() {
  const { staff } = useDesk()
  const { t, locale } = useI18n()
  const busy = ref(false)
  const why = (reject: Reject) =>
    explain(reject, locale.value as Language) ?? t('error.unknown', { code: reject.code })
  async function act<C extends keyof Commands>(
    cmd: C,
    body: Commands[C],
    done?: string,
  ): Promise<Reply | undefined> {
    busy.value = true
    try {
      const reply = await staff.link.send(cmd, body)
      if (reply.waiting_second) ElMessage.warning(t('second.waiting'))
      else if (done) ElMessage.success(done)
      return reply
    } catch (error) {
      if (!(error instanceof Rejected)) throw error
      ElMessage.error({ message: why(error.reject), duration: 6000, showClose: true })
      return undefined
    } finally {
      busy.value = false
    }
  }
  return { act, busy, why }
}
