"""Which words carry urgency, sentiment, negation and language: plain data, read by triage.

Entries are separated by blanks and written as people spell them (triage also accepts ae, oe, ue and ss).
`stem*` matches every word with that beginning, `*stem*` also inside a compound, `two_words` is a phrase.
"""

# Words that tell a language: frequent, short and (almost) free of meaning.
STOP_WORDS = {
    "de": """der die das den dem des ein eine einen einem einer und oder aber ist sind war waren wird wurde
        werden bin seid habe hab hat habt haben hatte hatten ich du er sie es wir ihr euch uns mich mir dich
        dir ihnen ihm ihre ihrer ihren euer eure eurer eurem eure unser mein meine meinen meiner nicht kein
        keine keinen auch noch nur schon sehr so wie was wann wo wer warum wieso welche mit von vom zu zum
        zur bei beim für auf aus nach seit über unter vor bis im in an am um ab als wenn dass ob man mal ja
        nein doch denn weil hier da dann jetzt heute gestern immer wieder mehr alles danke bitte hallo
        leider gut kann können könnt könnte muss gibt gern gerne vielen dank tolle toll super nie ganz
        einfach moin guten tag uhr ohne trotz keiner niemand nichts""",
    "en": """the a an and or but is are was were be been being am i you he she it we they me him us them my
        your his our their this that these those not no do does did don't doesn't didn't have has had
        haven't hasn't will would could should can can't won't i'm i've i'll it's you're we're with of to
        for from at by on in into as if when what where who why how which there here then than so very just
        still again never always any some all about after before thanks thank please hello hi great good
        what's that's until up out nobody nothing""",
    "fr": """le la les un une des du de et ou mais est sont était je tu il elle nous vous ils ne pas plus
        que qui quoi où quand comment pourquoi avec pour dans sur chez mon ma mes votre vos notre ce cette
        ces très bien merci bonjour c'est j'ai n'est au aux à été depuis rien jamais""",
    "it": """il lo la gli le un uno una di del della dei delle e ed o ma è sono era ho hai ha abbiamo avete
        non più che chi cosa dove quando come perché con per nel nella sul al alla mio mia vostro vostra
        questo questa molto bene grazie ciao buongiorno siamo stato anche""",
    "es": """el la los las un una unos de del y o pero es son era fue he has ha hemos no más que quién qué
        dónde cuándo cómo por para con en al mi mis su sus este esta muy bien gracias hola buenos estoy está
        están desde nunca también porque lo""",
    "nl": """de het een en of maar is zijn was waren ik jij je hij zij wij we jullie mij mijn ons onze niet
        geen wel ook nog met van voor naar bij op uit te dat deze dit die wat waar wanneer hoe waarom heel
        erg goed bedankt hallo heb hebt heeft kan kunnen wordt worden al er""",
}

# Words that look alike and mean something else: not carried over into the other language.
FALSE_FRIENDS = """die bad kind mist gift hell fast not also war rot arm brand gut toll fade rare
    also nett fair dank matt roh roll* will mal fine schön* still_no still_not like* sick* ill sue
    sued slow poor hat cross""".split()

STRONG_NEGATIVE = {
    "de": """abzock* abgezockt frech* unverschämt* katastroph* skandal* unterirdisch* widerlich* ekel*
        eklig* entsetz* furchtbar* fürchterlich* grauenhaft* grausam* schrecklich* miserabel* miserabl*
        mies* saftladen saumäßig* unmöglich* unzumutbar* verarsch* beschissen* scheiß* stinksauer wütend*
        wut empör* unerträglich* peinlich* asozial* dreist* unfassbar* inakzeptab* indiskutab* finger_weg
        nie_wieder nie_mehr einmal_und_nie_wieder geht_gar_nicht geht_überhaupt_nicht das_allerletzte
        das_letzte nicht_mein_ernst nicht_dein_ernst nicht_euer_ernst nicht_ihr_ernst danke_für_nichts
        zum_kotzen kotz* abschaum lachhaft* beleidig* schlechteste* schlimmste* enttäusch* betrüg* wucher*
        verschimmelt* ungeheuer*""",
    "en": """awful* terribl* horribl* horrid horrendous* disgust* appall* atrocious* abysmal* dreadful*
        pathetic* outrag* unacceptabl* disgrac* shambl* nightmare* worst vile revolting garbage furious
        fuming livid angry ripoff* rip-off* rip_off ripped_off ripping_off never_again stay_away steer_clear
        avoid* thanks_for_nothing waste_of_time waste_of_money wasted joke disaster* scandal* insult*
        shocking* inexcusabl* incompeten* let_me_down let_us_down let_down disappoint* useless worthless
        hate* crap* sucks suck shit* wtf bullshit couldn't_care_less last_time_i a_joke lied liar*
        treated_so_badly robbed""",
}
NEGATIVE = {
    "de": """schlecht* schlimm* unfreundlich* unhöflich* arrogant* patzig* schnippisch* genervt nerv* ärger*
        verärger* sauer unzufrieden* mangelhaft* mangel* mängel ungenügend* unprofession* inkompeten*
        überfordert* unpünktlich* unzuverlässig* unsauber* schmutz* dreck* verdreck* muff* stink* gestank
        stank schimm* eisk* war_kalt kaltes_essen essen_kalt lauwarm* versalz* verkocht* zäh* trocken*
        steinhart* fad fade geschmacklos* roh innen_roh ungenießbar* verbrannt* verdorben* abgelaufen*
        kaputt* defekt* beschädig* zerbroch* zerkratzt* wackel* fehlerhaft* fehler* falsch* verspät*
        verzöger* unpünktlich* zu_spät zu_lange zu_teuer viel_zu zu_laut zu_klein zu_wenig zu_kurz
        überteuert* wartezeit* ewig* stundenlang* wochenlang* monatelang* problem* beschwer* reklam*
        beanstand* bemängel* schade bedauer* traurig* ignorier* abgewimmelt* hingehalten vertröst*
        abgespeist* im_stich abgelehnt* verweiger* storn* ausgefallen* ausverkauft* stürzt* abstürz*
        abgestürzt* hängt_sich vergess* verloren* verschwunden* gelogen lüg* unseriös* zumutung* unverständ*
        lieblos* langsam* chaos* chaotisch* enttäuscht* mehr_erwartet besser_gewesen viel_besser_aus
        wünschen_übrig gestrichen umsonst vergeblich* vergebens vom_vortag wo_bleibt wo_bleiben immer_noch
        noch_immer massenabfert* schon_wieder kaum_noch schlampig* pfusch* murks stress* nachteil*
        minderwertig* billig_verarb* na_toll na_super na_prima schäm* fremdschäm* anrufbeantworter
        warteschleife quietscht* undicht* rostig* ahnungslos* keine_ahnung unbrauchbar* leider
        kein_bock augen_gerollt keinen_bock abgefertigt* rausgeworfen rausgeschmissen hinausgeworfen
        angeschrien angeschnauzt angepampt verbockt versaut* ruiniert*""",
    "en": """bad badly poor poorly rude* unfriendly impolite arrogant* dismissive ignored ignoring ignore
        careless* unprofessional* unreliabl* unhelpful* unhappy upset annoy* frustrat* irritat* dissatisf*
        unsatisf* filthy dirty messy smelly smelled_bad stank stink* damp mouldy moldy stale soggy bland
        tasteless overcooked undercooked burnt raw inedible rotten rancid was_cold were_cold cold_food
        stone_cold lukewarm broken broke damaged defective faulty fault* died crash* bug* buggy glitch*
        leak* error* wrong* mistake* late delay* overdue slow* too_long too_late too_expensive too_loud
        too_small too_little overpriced expensive overcharg* problem* issue* complain* hassle* trouble*
        unfortunately sadly shame sad pity fail* missing lost forgot* cancelled canceled refused reject*
        mislead* misled false dishonest* unfair worse lousy lacking lack to_be_desired expected_more
        expected_better much_better_in used_to_be used_to_love sold_out fobbed_off rolled_her_eyes
        rolled_his_eyes shouted_at yelled_at hung_up no_show wasted_trip still_no still_not still_waiting
        where_is_my where's_my oh_great yeah_right chaos chaotic uncomfortabl* painful ruin* squeak*
        impossible ridiculous* absurd sloppy shoddy cheaply unsafe noisy cramped tacky boring mediocre meh
        waited_over waited_an stuck on_hold answering_machine is_down down_again website_down not_what_i
        hardly_anything no_apology unanswered unresolved regret* mess""",
}
POSITIVE = {
    "de": """gut gute guter gutes guten gutem besser nett* freundlich* höflich* lieb liebevoll* herzlich*
        sympath* zuvorkommend* aufmerksam* hilfsbereit* hilfreich* kompeten* profession* zuverlässig*
        pünktlich* schnell* flott* zügig* sauber* gepflegt* gemütlich* schön* hübsch* angenehm* lecker*
        köstlich* frisch* knusprig* zufrieden* freu* gefreut glücklich* froh empfehl* empfohl* weiterempf*
        empfiehl* lob* gelungen* klasse fair faire fairen fairer fairness ehrlich* günstig* preiswert*
        unkompliziert* reibungslos* problemlos* glückwunsch glückwünsche gratul* weiter_so geheimtipp*
        daumen_hoch jederzeit_wieder gern_wieder gerne_wieder immer_gerne wieder_gerne wieder_gern
        immer_wieder_gerne immer_wieder_gern kommen_wieder komme_wieder besten_händen guten_händen
        gut_aufgehoben aufgehoben wohlfühl* wohlgefühlt wohl_gefühlt fühle_mich_wohl fühlen_uns_wohl
        mit_liebe ich_liebe wir_lieben lieben_euch vertrau* kreativ* modern* bequem* liebling* lieblings*
        geschmackvoll* gefreut gerettet spaß* stimmungsvoll* hut_ab chapeau respekt einladend*
        verständnisvoll* einfühlsam* geduldig* schmerzfrei* sorgfältig* gründlich* tiptop tipptopp
        passt_perfekt beeindruck* überzeug* lohnt sehenswert* bereicher* punktgenau* saftig* aromatisch*""",
    "en": """good nice nicely friendly kind kindly polite helpful* attentive* caring welcoming lovely
        beautiful* pretty pleasant* pleased enjoy* tasty yummy delicious* fresh crisp clean spotless tidy
        cosy cozy comfortabl* happy glad satisf* recommend* honest* fair reliabl* punctual professional*
        competent* knowledgeabl* efficient* prompt* quick quickly smooth* painless effortless* easy cheap
        affordable congrat* keep_it_up well_done good_job great_job nice_work thumbs_up hidden_gem gem
        highlight* went_out_of above_and_beyond coming_back come_back be_back come_again use_them_again
        would_use_again best_hands good_hands looked_after on_time worth_it well_worth i_like we_like
        like_it like_the like_your i_love friendly* gentle patient impress* prais* grateful appreciat*
        charming favourite favorite fun smile* smiling thoughtful generous better
        works_well worked_well works_great can't_fault value_for_money trust* cheerful relaxing relaxed""",
}
STRONG_POSITIVE = {
    "de": """super toll* großartig* hervorragend* ausgezeichnet* perfekt* fantastisch* phantastisch*
        wunderbar* wundervoll* wunderschön* traumhaft* genial* sensationell* spitze* spitzen* erstklassig*
        einmalig* begeister* exzellent* brilliant* brillant* grandios* beste bester besten bestes best top
        mega hammer geil* prima liebe_es lieben_es liebe_euch bombe weltklasse sagenhaft* himmlisch*
        vorbildlich* schönste* leckerste* tausend_dank fünf_sterne 5_sterne volle_punktzahl wärmstens bravo
        überglücklich*""",
    "en": """great excellent* amazing* awesome* fantastic* wonderful* brilliant* outstanding* superb*
        perfect* love loved loves lovin* best incredible fabulous* exceptional* magnificent stunning stellar
        phenomenal terrific delight* thrilled flawless* five_stars 5_stars couldn't_be_happier
        can't_recommend_enough top_notch wow gorgeous bravo superstar* lifesaver* heaven* splendid
        marvellous marvelous life_saver first_class couldn't_recommend_more world_class super ecstatic
        blown_away""",
}
THANKS = {
    "de": "danke dankeschön dank dankbar* bedank* merci",
    "en": "thanks thank thankful* thx cheers ty",
}
# Greetings and set phrases that contain a word of sentiment and mean none.
NEUTRAL = {
    "de": """guten_tag guten_morgen guten_abend gute_nacht gutes_neues schönen_tag schönen_abend
        schönes_wochenende schöne_grüße liebe_grüße lieben_gruß viele_grüße beste_grüße besten_gruß
        freundliche_grüße freundlichen_grüßen mit_freundlichen freundlichem_gruß herzliche_grüße liebes_team
        gut_so kurz_und_gut kein_wunder nicht_nur nicht_wahr gute_frage so_gut_wie so_schnell_wie schnellst*
        besser_nicht bitte_schnell möglichst_schnell problem_gelöst am_besten so_lange immer_noch_die
        immer_noch_der immer_noch_so ganz_gut_besucht warum_nicht""",
    "en": """good_morning good_afternoon good_evening good_day good_night good_luck nice_day great_day
        kind_regards best_regards best_wishes all_the_best kind_of what_kind pretty_much i_would_like
        i'd_like we'd_like would_like looks_like feel_like feels_like no_wonder not_only not_to_mention
        good_friday best_way best_time outstanding_for outstanding_since as_good_as easy_way better_not
        fair_enough good_question happy_to_help happy_to_pay happy_new better_check late_night fresh_air""",
}
# Deeds that are expected: nothing to praise when they happen, a complaint when they do not.
EXPECTED = {
    "de": """geht funktionier* klappt* geklappt antwort* geantwortet reagier* reaktion* meldet* gemeldet_hat
        zurückgerufen erreichbar* geliefert lieferung angekommen ankommen eingetroffen erhalten bekommen
        zuständig* kümmert* hilft geholfen rückmeldung* rückruf entschuldig* gefällt gefallen schmeckt*
        geschmeckt hält gehalten stimmt eingehalten warm auswahl parkplatz parkplätze informiert lohnt_sich
        passt kam verstanden öffnet lädt lösung besprochen ruft aufgelöst genehmigt verständnis interessiert
        gelöscht gearbeitet bestätigung""",
    "en": """work works worked working answer* repl* respond* response* reach* available arriv* deliver*
        received came come care cares helped help call* apolog* explain* solved resolved fixed fix refunded
        confirm* listen* match* hold holds taste* tasted worth* good_enough parking asked_for agreed knows
        interested turned_up showed_up authoris* authoriz* signed_up enjoyable what_i stock up_to ordered
        understand* loads load""",
}
# Of the expected deeds, those that count as praise when they do happen.
WELCOME = """gefällt gefallen schmeckt* geschmeckt geklappt geholfen""".split()

NEGATORS = {
    "de": """nicht nichts nie niemals niemand niemanden niemandem kein keine keinen keinem keiner keines
        keinerlei weder ohne kaum nirgends nix net ned nich""",
    "en": """not no never nothing nobody none no_one neither nor without cannot cant dont doesnt didnt isnt
        wasnt wont wouldnt couldnt hasnt havent hardly barely ain't nowhere""",
}
INTENSIFIERS = {
    "de": """sehr total absolut extrem wirklich echt richtig völlig komplett äußerst besonders unglaublich
        mehr_als rundum so überaus voll ziemlich verdammt wahnsinnig durchweg vielen""",
    "en": """very really so totally absolutely extremely incredibly completely utterly highly more_than too
        super truly seriously particularly damn bloody such so_much many""",
}
CONTRASTS = {"de": "aber jedoch allerdings dafür dennoch", "en": "but however though although yet except"}

# Words of urgency: reason code -> level and words.
URGENT = {
    "lawyer": (
        "critical",
        """*anwalt* *anwält* jurist* rechtliche_schritte rechtsweg rechtsstreit
        rechtsschutz* abmahn* verklag* klage vor_gericht mahnbescheid strafanzeige anzeige_erstatten
        erstatte_anzeige verbraucherzentrale* verbraucherschutz* lawyer* attorney* solicitor* lawsuit* suing
        sue sued legal_action legal_steps take_you_to_court in_court to_court small_claims trading_standards
        ombudsman""",
    ),
    "allergy": ("critical", "*allergi* *allergy *allergen* anaphyla* zöliakie coeliac* celiac*"),
    "health": (
        "critical",
        """*vergift* poison* salmonell* erbrochen erbrechen übergeben_müssen vomit*
        krankenhaus* notaufnahme klinik_gelandet notarzt* hospital* ambulance emergency_room verletz* injur*
        verbrüht* blutet* blutend* blutung* bleeding gestürzt unfall unfälle concussion krank_geworden
        erkrankt got_sick got_ill made_me_sick made_me_ill made_us_sick made_us_ill fell_ill lebensgefahr
        *scherbe* glassplitter splitter_im glass_in_my piece_of_glass shard* gesundheitsamt
        health_department health_inspector food_safety""",
    ),
    "danger": (
        "critical",
        """lebensgefährlich* gefährlich* brandgefahr feuer_gefangen in_brand stromschlag*
        explodier* gasgeruch dangerous* hazard* caught_fire electric_shock electrocut* explod* gas_leak
        smoke_came nagel_heraus sticking_out notfall* emergency suizid* suicid* selbstmord*""",
    ),
    "fraud": (
        "critical",
        """*betrug* betrüg* betrogen* betrügerisch* gestohlen* geklaut* diebstahl*
        fraud* scam* swindl* stolen theft stole identitätsdiebstahl unterschlag*""",
    ),
    "police": ("critical", "polizei* police"),
    "discrimination": (
        "critical",
        """rassis* diskrimin* sexis* sexuell* antisemit* homophob*
        behindertenfeindlich* racis* discriminat* antisemit* homophobic transphob* harass* belästig*""",
    ),
    "privacy": (
        "high",
        """datenschutz datenschutzverstoß datenschutzbeauftrag* datenschutzverletz*
        datenschutzbehörde dsgvo* meine_daten meiner_daten daten_löschen daten_weitergegeben datenleck*
        gdpr* privacy data_breach data_protection my_data personal_data leaked""",
    ),
    "urgent": (
        "high",
        """dringend* umgehend* unverzüglich* schnellstmöglich* baldmöglichst eilt eilig*
        letzte_frist frist_bis fristlos* kündig* schadenersatz schadensersatz urgent* asap immediately
        deadline as_soon_as_possible right_away compensation""",
    ),
    "refund": (
        "high",
        """geld_zurück geld_wieder rückerstatt* erstattung* zurückerstatt* chargeback*
        rückbuch* money_back refund*""",
    ),
}

EMOJI_POSITIVE = "😀😃😄😁😆😊🙂😍🥰😘🤩😋😇☺❤♥💕💖💚💙💛🧡💜👍👏🙌🎉🥳💪✨⭐🌟🔥💯👌🤗😻🙏🏆"
EMOJI_NEGATIVE = "😡🤬😠😤😢😭😞😔😟🙁☹😣😖😫😩👎🤮🤢💩😒🙄😑😾💔🤦😱"
EMOTICONS_POSITIVE = ":) :-) =) :D :-D ;) ;-) <3 xD XD :P :-P ^^ :o)".split()
EMOTICONS_NEGATIVE = ":( :-( =( :/ :-/ :'( :'-( >:( >:-( -.- D:".split()

# Sentiment in the languages that are recognised without being supported: a few unmistakable words.
OTHER_POSITIVE = """merci bravo excellent* parfait* génial* délicieux délicieuse magnifique superbe
    recommand* gentil* grazie ottim* perfett* fantastic* bellissim* consigli* gentilissim* buonissim*
    gracias excelente* perfecto* maravillos* recomend* delicios* encantad* genial bedankt geweldig*
    fantastisch* heerlijk* uitstekend* aanrader vriendelijk* super top""".split()
OTHER_NEGATIVE = """déçu* décev* nul nulle arnaque* horrible* mauvais* inadmissible* honteux scandaleux
    pessim* delus* truffa schifo orribil* vergogn* malo mala malísim* pésim* estafa* decepcion* horrible*
    vergüenza slecht* teleurgesteld* oplicht* waardeloos* vreselijk* schandalig* belachelijk*""".split()
OTHER_NEGATORS = "pas jamais non no nunca niet nooit geen sans senza sin".split()

# Questions that expect no answer.
RHETORICAL = """nicht euer ernst|nicht ihr ernst|nicht dein ernst|euer ernst|ihr ernst|ernsthaft|echt jetzt
    |was soll das|was soll der mist|was will man mehr|was will ich mehr|wollt ihr mich verarschen|geht's noch
    |gehts noch|wer braucht das|are you kidding me|are you kidding|are you serious|seriously|really
    |what more do you want|what more could you want|what else do you want|who needs that|what's not to love
    |what's not to like|you call that service"""
