package io.micrologs.bench.history;

import io.micrologs.journal.Place;
import java.util.ArrayList;
import java.util.List;

/**
 * A country with its share of the visitors.
 *
 * @param places in it, most of the people in the first one
 */
record Country(double weight, String timeZone, String language, List<Place> places) {
    /** Share | code | time zone | language | region:city, … */
    private static final String[] BIG = {
        "240|DE|Europe/Berlin|de|Bavaria:Munich,Land Berlin:Berlin,Hamburg:Hamburg,Hesse:Frankfurt am Main,Saxony:Leipzig",
        "200|US|America/New_York|en-us|California:Los Angeles,New York:New York,Texas:Houston,Illinois:Chicago,Washington:Seattle,Florida:Miami",
        "90|GB|Europe/London|en-gb|England:London,England:Manchester,Scotland:Edinburgh,Wales:Cardiff",
        "75|FR|Europe/Paris|fr|Île-de-France:Paris,Occitanie:Toulouse,Nouvelle-Aquitaine:Bordeaux",
        "50|AT|Europe/Vienna|de|Vienna:Vienna,Styria:Graz,Tyrol:Innsbruck",
        "45|CH|Europe/Zurich|de|Zurich:Zürich,Geneva:Geneva,Bern:Bern",
        "40|NL|Europe/Amsterdam|nl|North Holland:Amsterdam,South Holland:Rotterdam,Utrecht:Utrecht",
        "34|ES|Europe/Madrid|es|Madrid:Madrid,Catalonia:Barcelona,Andalusia:Seville",
        "32|IT|Europe/Rome|it|Latium:Rome,Lombardy:Milan,Campania:Naples",
        "28|PL|Europe/Warsaw|pl|Mazovia:Warsaw,Lesser Poland:Krakow",
        "26|CA|America/Toronto|en-ca|Ontario:Toronto,Quebec:Montreal,British Columbia:Vancouver",
        "24|IN|Asia/Kolkata|en-in|Maharashtra:Mumbai,Karnataka:Bengaluru,Delhi:Delhi",
        "22|BR|America/Sao_Paulo|pt-br|São Paulo:São Paulo,Rio de Janeiro:Rio de Janeiro",
        "18|JP|Asia/Tokyo|ja|Tokyo:Tokyo,Ōsaka:Osaka",
        "16|AU|Australia/Sydney|en-au|New South Wales:Sydney,Victoria:Melbourne",
        "14|SE|Europe/Stockholm|sv|Stockholm:Stockholm,Västra Götaland:Gothenburg"
    };

    private static final String SMALL =
            "BE CZ DK NO FI PT IE HU RO GR SK BG HR SI LT LV EE LU UA TR IL ZA MX AR CL CO PE NZ SG KR TW HK TH VN MY ID PH"
                    + " PK BD EG MA NG KE SA AE QA";
    private static final double SMALL_WEIGHT = 12;

    static List<Country> all() {
        List<Country> all = new ArrayList<>();
        for (String big : BIG) {
            String[] fields = big.split("\\|", -1);
            List<Place> places = new ArrayList<>();
            for (String place : fields[4].split(",", -1)) {
                String[] names = place.split(":", -1);
                places.add(new Place(fields[1], names[0], names[1]));
            }
            // Some addresses are known to be in a country, and no better.
            places.add(new Place(fields[1], null, null));
            all.add(new Country(Double.parseDouble(fields[0]), fields[2], fields[3], places));
        }
        int rank = 1;
        for (String code : SMALL.split(" ", -1)) {
            List<Place> nowhere = List.of(new Place(code, null, null));
            all.add(new Country(SMALL_WEIGHT / Math.sqrt(rank++), "Etc/UTC", "en", nowhere));
        }
        all.add(new Country(10, "Etc/UTC", "en", List.of(Place.UNKNOWN)));
        return all;
    }

    Place place(long random) {
        double u = (random >>> 11) * 0x1p-53;
        return places.get((int) (u * u * places.size()));
    }
}
