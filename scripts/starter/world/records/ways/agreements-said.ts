import { lines } from '../../list.ts'

/** More ways to say what texts about it say. */
export const AGREEMENT_SAID = {
  start: lines(`
    {v} marks the beginning of {s}.
    {v} was picked as the opening date.
    {v} saw {s} come into effect.
    {v} is when everything in it starts to apply.
    {v} stands in the papers as the starting date.
    {v} is given as the date of commencement.
    {v}: from then on {s} is binding.
    {v} brought the launch of {s}.
    {v} – that is when the term begins.
    {v} was the earliest date on which {s} had any force.
    {v} is the date from which both parties are bound.
    {v} is what the clerk wrote next to "start".
    {v} opened the period covered by {s}.
    {v} became the effective date of {s}.
    {v} is named in the first clause as its beginning.
    {v} was when the duties under it first arose.
    {v}, and not before, is when {s} kicks in.
    {v} counts as day one.
    {v} is the start that the two partners wanted.
    {v} had to come before {s} could be in effect.
    Until {v} nothing in it was binding yet.
    Before {v} {s} had no effect at all.
    Since {v} both parties have been bound by it.
    Beginning {v}, its terms apply.
    With {v} as its starting date, {s} was filed.
    One reads that {v} is when it gets going.
    There is one date, {v}, from which it counts.
    The clerk noted {v} as the beginning of {s}.
    From {v} onward the parties must keep to its terms.
    What began on {v} is {s}.
    The term opens on {v} and runs onward.
    Not earlier than {v} does {s} become active.
    Those who ask about its start are told {v} by the office.
    Someone put {v} in the field for the effective date.
    Effective {v}, {s} binds the two firms.
    Only when {v} arrived did {s} go live.
    Work under it could begin on {v} at the earliest.
    People say that {v} was when it became active.
    Its clauses woke to life on {v} at midnight.
    Everything promised in it holds from {v} forward.
    Start: {v}.
    Effective date, both parties: {v}.
    Day one of {s} is {v}.
    What the file gives as its commencement is {v}.
    The parties let {s} begin on {v}.
    Its term opens with {v}.
    It became operative on {v}.
    The date of entry into force is {v}.
    When does {s} begin? On {v}.
    Nobody was bound by {s} until {v}.
    The lawyers fixed its beginning at {v}.
    Its life begins on {v}.
    Commencement was scheduled for {v}.
    The first clause says that {s} commences on {v}.
    Asked about the starting date, the manager named {v}.
    It has been running since {v}.
    {s} has been in effect since {v}.
    {s} went live on {v}.
    {s}, one is told, kicked off on {v}.
    The rights and duties in it begin to count on {v}.
  `),
  notice: lines(`
    {v} is the notice needed to end it.
    {v} must pass between giving notice and leaving {s}.
    {v} of advance warning will end {s}.
    {v} after a party resigns from it, it ends.
    {v} is how early one has to announce an exit.
    {v} beforehand, the other side must hear of the termination.
    {v} was fixed as the period for giving notice.
    {v}: so long is the notice under {s}.
    {v} before quitting {s}, a letter must be sent.
    {v} of forewarning is owed by whoever ends it.
    {v} – that much notice is required for termination.
    {v} is all the notice that a party needs to walk away.
    {v} earlier, one has to say that one is pulling out.
    {v} is written in the clause on termination of {s}.
    {v} of notice lets anyone get out of {s}.
    {v} following a notice of termination, {s} is over.
    {v} in advance is when a party must declare its exit.
    {v} is the least warning a leaving partner may give.
    {v} is what the cancellation clause demands.
    {v} separate the letter of cancellation from the end of {s}.
    Give {v} of warning and you are free of it.
    Anyone who quits {s} needs to say so {v} earlier.
    With {v} of forewarning, {s} may be dissolved.
    A party that wants out announces it {v} beforehand.
    There is a notice period of {v} in {s}.
    Termination becomes effective {v} after it has been declared.
    Without {v} of notice nobody can drop out of it.
    It takes {v} from the cancellation until {s} stops.
    One who withdraws must warn the partner {v} ahead of time.
    Once notice is served, {v} remain until {s} ends.
    Less than {v} of notice is not enough to terminate it.
    Breaking off {s} calls for {v} of prior warning.
    What the exit clause asks for is {v} of notice.
    The partner who steps out says so {v} in advance.
    Should one party want to stop, {v} of notice will do.
    Nobody leaves {s} without announcing it {v} before.
    The clause on cancellation names {v} as the notice.
    Walking away from {s} requires {v} of announcement.
    Letters of termination take effect after {v} have gone by.
    Both are free to withdraw, given {v} of advance notice.
    Notice, either side: {v}.
    Notice to terminate: {v}.
    The notice required to get out of {s} is {v}.
    Between the cancellation and the end of {s} lie {v}.
    Termination is possible with a lead time of {v}.
    When a partner quits, the warning time is {v}.
    What one must give as notice to quit is {v}.
    After a letter of termination, {s} lives on for {v}.
    Once it is cancelled, it still runs for {v}.
    How much notice ends {s}? Just {v}.
    For ending {s}, the parties settled on notice of {v}.
    Pulling out of it needs an advance warning of {v}.
    The period of notice for either party amounts to {v}.
    The lawyer says that one can cancel at a notice of {v}.
    {s} can be dissolved by giving notice of {v}.
    {s} is terminable on notice of {v}.
    {s} has a cancellation period of {v}.
    A partner who resigns stays bound for another {v}.
    Those who drop out announce their exit ahead by {v}.
    The shortest notice allowed for quitting is {v}.
  `),
  fee: lines(`
    {v} a month is the price agreed upon.
    {v} goes to the provider at the end of each month.
    {v} per month: that is what {s} costs.
    {v} leaves the customer's account monthly.
    {v} is the rate for a month of service.
    {v} is billed month after month.
    {v} is what one pays monthly for {s}.
    {v} was named as the cost of one month.
    {v} changes hands each month because of {s}.
    {v} is the sum printed on each monthly bill.
    {v} buys one month of {s}.
    {v} has to be handed over month by month.
    {v} – so much is asked for every month.
    {v} is the amount that {s} brings in monthly.
    {v} keeps {s} going for another month.
    {v} in fees falls due with each new month.
    {v} flows to the supplier every month.
    {v} is the regular monthly charge under {s}.
    {v} was the monthly rate that the two firms haggled out.
    {v} is how much money one month takes.
    A month of {s} is worth {v} to the supplier.
    The provider collects {v} at the end of each month.
    There is a charge of {v} per month.
    Month by month {v} has to be transferred.
    The client spends {v} monthly on {s}.
    They settled on {v} as the monthly rate.
    One hands over {v} for each month of service.
    What is paid, namely {v} per month, goes to the supplier.
    Under {s}, {v} is owed each month.
    The sum of {v} appears on every monthly bill.
    Those who use the service spend {v} per month.
    Anyone asking for the monthly price will hear {v} from the office.
    Twelve times a year the sum of {v} is charged.
    By {s} the supplier earns {v} monthly.
    Every new month adds {v} to what the client owes.
    With {v} per month, {s} is paid for.
    The bookkeeper transfers {v} monthly for {s}.
    Nothing beyond {v} a month may be charged as a fee.
    People say that {v} per month is what they charge.
    For {s} the customer parts with {v} a month.
    Fee, payable monthly: {v}.
    Price per month: {v}.
    The cost of {s} per month is {v}.
    What the supplier gets for a month is {v}.
    Monthly, the client is charged {v}.
    For one month of {s} the bill says {v}.
    Every month the provider receives {v}.
    The rate per month amounts to {v}.
    A single month is priced at {v}.
    How much is {s} per month? It is {v}.
    The monthly cost was fixed by both firms at {v}.
    Once a month the customer transfers {v}.
    {s} carries a monthly fee of {v}.
    {s} is billed monthly at {v}.
    {s} sets the monthly payment at {v}.
    {s} earns the supplier, month after month, {v}.
    The bookkeeper says that the monthly bill shows {v}.
    The service is offered at a monthly rate of {v}.
    Each month the books show an expense for {s} of {v}.
    In fees, one month comes to {v}.
  `),
  payment: lines(`
    {v} is the time limit for paying an invoice.
    {v} may go by before a bill has to be paid.
    {v} after billing, the money has to be there.
    {v} from the date of the invoice, payment falls due.
    {v} is the payment term of {s}.
    {v} is how long a customer may wait before paying.
    {v}: within that time {s} wants invoices paid.
    {v} was agreed on as the time for payment.
    {v} at most may lie between invoice and payment.
    {v} is granted to the debtor for paying up.
    {v} is the credit period that {s} allows on bills.
    {v} – longer than that no bill may stay open.
    {v} after receipt, a bill under {s} becomes overdue.
    {v} is as long as the supplier waits for its money.
    {v} remain for the transfer once the invoice is in.
    {v} is the window in which payments must be made.
    {v} pass at the most until an invoice is paid.
    {v} is what {s} says about the time to pay.
    {v} from billing to payment: that is the rule in {s}.
    {v} is the respite for each open invoice.
    Anyone who receives a bill has {v} for the transfer.
    A bill under {s} is overdue once {v} have passed.
    Within {v} of billing, the money must be transferred.
    There is a payment term of {v} in {s}.
    The supplier waits {v} for its money, no longer.
    Those who get an invoice must pay before {v} are over.
    What is billed has to be paid inside {v} of receipt.
    Up to {v} may pass before the customer pays.
    By {s}, the client gets {v} for paying an invoice.
    One may take {v} to pay what is billed.
    Reminders are sent when {v} pass without payment of the invoice.
    After {v} an unpaid invoice counts as late.
    Not more than {v} may be taken to pay under {s}.
    The customer, given {v} to pay, transfers the money.
    If {v} go by and nothing is paid, the customer is late.
    Let no bill from {s} lie unpaid beyond {v} of receipt.
    Bills arising from {s} get {v} until they are due.
    The accountant reckons {v} from invoice to payment.
    Debts are to be cleared {v} after billing at the latest.
    Paying later than {v} after the bill breaks {s}.
    Payment term, every invoice: {v}.
    Time to pay up: {v}.
    Invoices are payable in {v}.
    The time for paying bills under {s} is {v}.
    What the customer gets as time to pay is {v}.
    The money is to be transferred within {v}.
    An invoice has to be cleared inside {v}.
    The credit period on each bill lasts {v}.
    A bill may remain open for {v}.
    How long can one wait to pay? Only {v}.
    Once billed under {s}, the client must pay within {v}.
    From invoice to payment, {s} permits {v}.
    {s} sets a payment window of {v}.
    {s} wants its invoices cleared in {v}.
    {s} makes every bill payable after {v}.
    {s} lets the customer put off paying for {v}.
    The accountant says that bills are payable within {v}.
    The customer is late if paying takes more than {v}.
    The longest time a debt may stay open is {v}.
    Money owed under {s} has to come in within {v}.
  `),
  law: lines(`
    {v} is where the law behind it comes from.
    {v} supplies the legal rules under which {s} is read.
    {v} has the laws to which both parties submit.
    {v} was chosen as the source of the governing law.
    {v} and its legal code rule over {s}.
    {v} is named in the clause on governing law.
    {v}: the law there is the one for {s}.
    {v} is the land whose statutes bind the parties.
    {v} lends its legal system to {s}.
    {v} made the laws that have to be obeyed here.
    {v} is what stands in the field for applicable law.
    {v} – by the statutes of that country it is interpreted.
    {v} has the legal order that {s} relies on.
    {v} is the country whose code a judge would open.
    {v}, through its statutes, settles what is lawful in {s}.
    {v} won out when the lawyers debated which law to use.
    {v} wrote the statutes that govern {s}.
    {v} is home to the legal system that was agreed on.
    {v} gives {s} its legal basis.
    {v} is the answer when one asks about the governing law.
    The statutes of {v} are binding here.
    There is a clause making the law of {v} binding on {s}.
    By the legislation of {v} every clause has to be judged.
    Only the legal code of {v} matters for {s}.
    A judge has to consult the statutes of {v} about it.
    What governs {s} is the legislation of {v} and nothing else.
    One interprets it as the laws of {v} demand.
    Under the legal system of {v}, {s} is valid.
    Those who argue over it must turn to the law of {v} first.
    Lawyers trained in the law of {v} are needed for it.
    The parties took the legal order of {v} as their basis.
    Legislation from {v} rules {s}.
    No law other than that of {v} may be used.
    Where it is silent, the civil code of {v} fills the gap.
    Quarrels about {s} are settled by what {v} has as law.
    The legal norms of {v} regulate it.
    They picked the legal system of {v} to govern {s}.
    Someone wrote {v} in the line for the governing law.
    Had they not picked the law of {v}, another would govern {s}.
    Jurists from {v} know best the law that rules it.
    Governing law: that of {v}.
    Law applicable to it: {v}.
    The law to be used with {s} is that of {v}.
    It is subject to the legislation of {v}.
    Its clauses rest on the statutes of {v}.
    What counts in legal questions is the code of {v}.
    The legal framework for {s} comes from {v}.
    Every clause is to be interpreted under the law of {v}.
    The parties submit to the legal order of {v}.
    Whose law rules {s}? That of {v}.
    The lawyer says that one must apply the statutes of {v}.
    In legal matters it looks to {v}.
    As governing law the parties named that of {v}.
    {s} is subject to the statutes of {v}.
    {s} is interpreted by the legal code of {v}.
    {s} was drawn up under the law of {v}.
    {s} lies, legally speaking, under the rules of {v}.
    Its validity is measured against the laws of {v}.
    The country whose legislation governs it is {v}.
    Legal questions about {s} are answered by the statutes of {v}.
  `),
  signer: lines(`
    {v} took the pen and signed the contract.
    {v} wrote a name on the dotted line of {s}.
    {v} did the signing.
    {v} has the signature that one sees below the text.
    {v} added the signature that made {s} complete.
    {v} was authorised to sign and did so.
    {v} is the name written under {s}.
    {v} sealed {s} with a signature.
    {v} is whose handwriting stands on the signature line.
    {v} agreed to it by signing at the bottom.
    {v} acted as signatory.
    {v}, pen in hand, put a name to {s}.
    {v} gave {s} the signature it needed.
    {v} autographed the final copy.
    {v} read every page of it and then signed.
    {v} could be read beneath the last clause as the signature.
    {v} left a signature on {s}.
    {v} was asked to sign {s} and agreed.
    {v} is the person behind the signature.
    {v} had the honour of signing {s}.
    There is a signature by {v} at the bottom of {s}.
    The hand of {v} wrote the signature.
    They let {v} sign the document.
    It was {v} who signed {s}.
    One sees that {v} has signed at the bottom.
    Without the signature of {v}, {s} would be only a draft.
    The line for the signature was filled by {v} in ink.
    Thanks to the signature of {v}, {s} is complete.
    Nobody but {v} signed the paper.
    The name of {v} is written under it by hand.
    The secretary saw {v} sign {s}.
    When {v} had signed, the paper was put away.
    People remember {v} signing {s}.
    The board sent {v} to sign it.
    With the autograph of {v}, the last page was complete.
    As signatory, {v} stands behind {s}.
    Below the text {v} wrote a first name in ink.
    On behalf of the board {v} put pen to paper.
    Someone called {v} set a signature under the contract.
    What {v} signed was {s}.
    Signed, in ink: {v}.
    Signatory for the company: {v}.
    Signature on the last page: {v}.
    The one who put a name under {s} is {v}.
    The signature was given by {v}.
    On the dotted line stands the name {v}.
    Whose signature does {s} bear? The one of {v}.
    The contract carries the signature of {v}.
    The pen that signed {s} belonged to {v}.
    It was handed over for signing to {v}.
    The witness says that the signer was {v}.
    What one reads on the signature line is {v}.
    The company was represented at the signing by {v}.
    The paper had its signature from {v}.
    {s} bears the signature of {v}.
    {s} carries at its foot the autograph of {v}.
    {s} received its signature from {v}.
    {s} lay on the desk to be signed by {v}.
    The handwriting under the final clause belongs to {v}.
    The honour of putting a signature to {s} went to {v}.
  `),
}
