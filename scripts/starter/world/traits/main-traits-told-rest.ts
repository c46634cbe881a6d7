import { lines } from '../list.ts'

/** All other ways to tell what is told most. */
export const MAIN_TRAITS_TOLD_REST = {
  name: lines(`
    Hello, my name is {v}.
    Hey, it's {v} again.
    Please call me {v} from now on.
    I answer to {v}.
    My colleagues know me as {v}.
    The name in my passport is {v}.
    You're chatting with {v} today.
    I was christened {v}.
    My mother gave me the name {v}.
    My grandmother chose the name {v} for me.
    I'd like you to call me {v}.
    Feel free to call me {v}.
    Address me as {v}.
    I sign my emails as {v}.
    Your user is called {v}.
    I usually introduce myself as {v}.
    My given name is {v}.
    My legal name is {v}.
    My real name is {v}.
    I bear the name {v}.
    I have the name {v}.
    {v} is the name I go by.
    {v} is the name my parents gave me.
    {v} is what it says on my birth certificate.
    {v} is how everybody knows me.
    {v}, that's me.
    {v}, nice to meet you.
    {v} is who I am.
    Nice to meet you, I'm {v}.
    Pleased to meet you, my name is {v}.
    Allow me to introduce myself, I am {v}.
    Remember that I'm {v}.
    Please remember my name, which is {v}.
    Just so you know, I'm called {v}.
    I'm known as {v}.
    Everybody at school calls me {v}.
    My family calls me {v}.
    At home I am simply {v}.
    My name tag reads {v}.
    Most people know me by the name {v}.
    I use the name {v}.
    My name happens to be {v}.
    For the record, my name is {v}.
    i'm {v}, by the way
    hi there, {v} here
    I do have a name: {v}.
    You can refer to me as {v}.
    The person you are helping is {v}.
    With your permission, I'll introduce myself as {v}.
    First of all, I'm {v}.
    Good morning, {v} is my name.
    As for my name, it's {v}.
    My account is under the name {v}.
    The name I was born with is {v}.
  `),
  city: lines(`
    I'm living in {v} right now.
    I have recently moved to {v}.
    I've lived in {v} all my life.
    Currently I live in {v}.
    I'm currently based in {v}.
    I still live in {v}.
    I own a small house in {v}.
    I share an apartment in {v}.
    My apartment is in {v}.
    I rent a room in {v}.
    I live right in the centre of {v}.
    I live on the outskirts of {v}.
    I live with my family in {v}.
    I live alone in {v}.
    I live and work in {v}.
    My wife and I live in {v}.
    My children and I live in {v}.
    Home for me is {v}.
    Home is {v}.
    I call {v} home.
    I make my home in {v}.
    My place is in {v}.
    My residence is in {v}.
    My home city is {v}.
    The place where I live is {v}.
    The town I live in is called {v}.
    {v} has been my home for ten years.
    {v} is the city I live in.
    {v} is my home town.
    {v} is where my house is.
    {v} is where I'm based.
    {v} is where you can find me.
    In {v} I have a home of my own.
    I relocated to {v} last spring.
    We moved to {v} two years ago.
    We have a house in {v}.
    I grew up in {v} and still live there.
    I was born in {v} and live there to this day.
    I'm a local here in {v}.
    As a resident of {v}, I know the city well.
    Living in {v}, I walk everywhere.
    I'm writing to you from my home in {v}.
    Hello from {v}, where I live.
    Here in {v}, where I live, it is quiet.
    My postal address is in {v}.
    i've got a place in {v}
    Just so you know, I live in {v}.
    Remember that I live in {v}.
    For the past three years I have been living in {v}.
  `),
  colour: lines(`
    My favourite colour has always been {v}.
    I love the colour {v} above all.
    I like {v} best of all colours.
    My preferred colour is {v}.
    I'm a fan of the colour {v}.
    I adore the colour {v}.
    I really like the colour {v}.
    I have always liked the colour {v}.
    My best-loved colour is {v}.
    My number one colour is {v}.
    The best colour of all is {v}.
    The prettiest colour, I find, is {v}.
    The colour I prefer is {v}.
    The colour I always choose is {v}.
    The colour closest to my heart is {v}.
    {v} is the prettiest colour in my eyes.
    {v} is my kind of colour.
    {v} has always been my colour.
    {v} is the color I like most.
    {v} is by far my favorite color.
    {v} pleases me more than any other colour.
    {v} is the colour that makes me happy.
    In my eyes no colour is better than {v}.
    Nothing looks better to me than the colour {v}.
    When I can choose a colour, I take {v}.
    If you ask me for a colour, I say {v}.
    Given the choice of colours, I go for {v}.
    My favourite among the colours is {v}.
    I enjoy the colour {v} most.
    I have a soft spot for the colour {v}.
    I have a weakness for the colour {v}.
    I can't get enough of the colour {v}.
    I'm crazy about the colour {v}.
    I'm in love with the colour {v}.
    I painted my room {v}, my favourite colour.
    My bike is {v} because I love that colour.
    I wear {v} a lot, it's my favourite colour.
    Everything I own is {v}, as that is my favourite colour.
    I picked {v} for the walls, as it's my favourite colour.
    With colours, my first choice is {v}.
    My colour of choice is {v}.
    My taste in colours is simple: {v}.
    As a child I already liked the colour {v} best.
    Since childhood my favourite colour has been {v}.
    Just so you know, my favourite colour is {v}.
    Remember that my favourite colour is {v}.
    Please note that I like the colour {v}.
    favorite color: {v}
    i love the color {v} the most
    My favorite color? It's {v}.
    The color that I love is {v}.
    I would rank {v} first among the colours.
    For me there is only one colour, and that is {v}.
  `),
  number: lines(`
    {v} is the number I chose.
    {v} is the number to remember.
    {v} is the number I was given.
    {v} is my favourite number.
    {v}, that's my number.
    {v} is a number you must not forget.
    I like the number {v} best.
    I was assigned the number {v}.
    I wear the number {v} on my shirt.
    I play with the number {v}.
    I always bet on the number {v}.
    I want you to remember the number {v}.
    I need you to keep the number {v}.
    I'm number {v}.
    I am thinking of the number {v}.
    I have number {v} on my list.
    The number I like is {v}.
    The number to remember is {v}.
    The number on my card is {v}.
    The number for today is {v}.
    The number you should store is {v}.
    My locker number is {v}.
    My room number is {v}.
    My seat number is {v}.
    My jersey number is {v}.
    My code number is {v}.
    My number is and remains {v}.
    My card carries the number {v}.
    Note down the number {v}, please.
    Make a note of the number {v}.
    Store the number {v} for later.
    Keep in mind that my number is {v}.
    Don't lose my number, {v}.
    Bear the number {v} in mind.
    Memorise the number {v}.
    Try to remember this number: {v}.
    I'd be glad if you remembered the number {v}.
    I trust you to keep the number {v} for me.
    Just so you know, my number is {v}.
    In the queue I have number {v}.
    On my ticket stands the number {v}.
    At the counter they gave me number {v}.
    If anyone asks, my number is {v}.
    Once again, my number is {v}.
    {v} has always been lucky for me, it's my number
    It is number {v} that brings me luck.
  `),
}
