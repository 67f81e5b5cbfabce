// The script-tag build: window.DreamShop, and links with data-dreamshop-key open by themselves.
import { badge, bind, open } from './dreamshop.js'

globalThis.DreamShop = { badge, bind, open }
bind()
