import { list } from './list.ts'

/** First names that are learned. */
export const NAMES = list(`
  Alice, Bob, Carol, David, Emma, Frank, Grace, Henry, Irene, Jack, Kate, Liam, Maria, Nina, Oscar, Paul,
  Quinn, Rosa, Sam, Tina, Uma, Victor, Wendy, Xavier, Yara, Zoe, Adam, Bella, Chloe, Daniel, Elena, Felix,
  Gina, Hugo, Ivan, Julia, Karl, Laura, Marco, Nora, Olga, Peter, Ralf, Sara, Tom, Ursula, Vera, Walter,
  Anna, Ben, Clara, Diego, Eva, Finn, Greta, Hans, Ida, Jonas, Kira, Lena, Max, Noah, Oliver, Petra,
  Robert, Sofia, Theo, Viktor, William, Amir, Bianca, Carlos, Dana, Emil, Fatima, George, Hannah, Isabel,
  James, Kevin, Lucas, Mia, Nadia, Omar, Priya, Ravi, Simon, Tara, Umar, Vikram, Yusuf, Zara, Aisha, Bruno,
  Camila, Dmitri, Esther, Fiona, Gabriel, Helena, Igor, Jasmine, Kenji, Leila, Mateo, Naomi, Otto, Pablo,
  Rania, Stefan, Tariq, Valerie, Wanda, Yuki, Andrea, Boris, Cecilia, Dennis, Erik, Farah, Gustav, Hiro,
  Ingrid, Jorge, Katya, Leon, Mona, Nils, Oksana, Pedro, Renata, Sven, Tanya, Urban, Violet, Wilma, Arthur,
  Betty, Charles, Doris, Edward, Flora, Gordon, Hazel, Ian, Joyce, Kenneth, Lydia, Martin, Norman, Olive,
  Patrick, Rachel, Stanley, Teresa, Vincent,
`)

/** First names that are only asked for. */
export const HELD_NAMES = list(`
  Marlene, Dorothea, Sebastian, Anselm, Brigitte, Caspian, Delphine, Eleanor, Fabian, Genevieve, Harriet,
  Isolde, Jeremiah, Katarina, Leopold, Magnolia, Nikolai, Ophelia, Percival, Rosalind, Salvador, Tobias,
  Valentina, Winston, Yolanda, Zacharias, Alistair, Beatrix, Cornelius, Desmond, Evangeline, Florian,
  Giselle, Horatio, Ignacio, Josephine, Konrad, Lavinia, Montgomery, Natasha,
`)

/** Made-up names begin with these: what is copied is then not known by heart. */
export const SYLLABLES = list(`
  ba, be, bi, bo, bra, bel, ca, co, cor, da, de, del, di, dor, dra, el, en, fa, fe, fin, flo, ga, gar, gi,
  gra, ha, hel, hi, ja, jo, ka, kel, ki, kor, la, le, len, li, lo, lor, lu, ma, mar, me, mi, mo, mor, na,
  ne, nel, ni, no, nor, o, or, pa, pe, pel, ra, ren, ri, ro, ron, ru, sa, sel, si, so, sta, ta, tel, ten,
  ti, to, tor, tra, u, va, vel, vi, vo, wen, wi, ya, yel, za, ze, zi, zor,
`)

/** …and end with these. */
export const ENDINGS = list(`
  a, n, s, o, er, in, el, is, on, us, ia, ette, ard, ert, na, ra, ld, th, ck, x, rt, y,
`)
