package io.aiwm.testing;

import io.aiwm.controller.http.Axe;
import io.aiwm.controller.http.Browser;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Pages by their addresses, looked at in both themes and three widths: axe-core finds no violation of WCAG 2.2 AA, nothing scrolls
 * sideways, each status has a glyph and a word, and no command is squeezed. With {@code -Daiwm.pictures=true} each look leaves a
 * picture in {@code target/page}.
 */
public final class PageLooks {
    private static final boolean PICTURES = Boolean.getBoolean("aiwm.pictures");

    /** Widths, each with its height. */
    private static final Map<Integer, Integer> SIZES = sizes();

    /** What must hold, by what is said where it does not. */
    private static final Map<String, String> RULES = rules();

    private final Browser browser;
    private final Axe axe = new Axe();

    public PageLooks(Browser browser) {
        this.browser = browser;
    }

    private static Map<Integer, Integer> sizes() {
        var sizes = new LinkedHashMap<Integer, Integer>();
        sizes.put(400, 800);
        sizes.put(1280, 800);
        sizes.put(2560, 1300);
        return sizes;
    }

    private static Map<String, String> rules() {
        var rules = new LinkedHashMap<String, String>();
        rules.put(
                "it scrolls sideways",
                "[document.documentElement, document.querySelector('main')].every(e => e.scrollWidth <= e.clientWidth)");
        rules.put(
                "the document scrolls beside its parts",
                "!document.querySelector('.frame') || document.documentElement.scrollHeight <= innerHeight");
        rules.put(
                "a status without a glyph or a word",
                "[...document.querySelectorAll('.st')].every(e => e.querySelector('svg use') && e.textContent.trim())");
        rules.put(
                "a status whose word is cut",
                "[...document.querySelectorAll('.line-1 .st > span')].every(e => e.scrollWidth <= e.clientWidth)");
        rules.put(
                "a command that is squeezed",
                "[...document.querySelectorAll('code.block')].every(e => e.clientWidth > 200)");
        rules.put(
                "what is done with a row is out of sight",
                "[...document.querySelectorAll('td.do .btn')].every(e => e.getBoundingClientRect().right <= innerWidth)");
        return rules;
    }

    /**
     * Returns what is wrong, one text each; empty: nothing. Afterwards the browser has the size and the theme of before.
     *
     * @param pages addresses from the # on, each with an expression that is true once the page is whole
     */
    public List<String> wrong(Map<String, String> pages) {
        var wrong = new ArrayList<String>();
        Map<String, String> names = names(pages);
        for (String theme : List.of("dark", "light")) {
            browser.prefer(theme);
            SIZES.forEach((width, height) -> {
                browser.resize(width, height);
                pages.forEach((hash, whole) -> {
                    browser.eval("location.hash = '" + hash + "'");
                    browser.until(whole);
                    look(hash, names.get(hash), theme, width, wrong);
                });
            });
        }
        asBefore();
        return wrong;
    }

    /** The same for what is on screen now, which no address leads to. @param name of its pictures */
    public List<String> wrongHere(String name) {
        var wrong = new ArrayList<String>();
        for (String theme : List.of("dark", "light")) {
            browser.prefer(theme);
            SIZES.forEach((width, height) -> {
                browser.resize(width, height);
                look(name, name, theme, width, wrong);
            });
        }
        asBefore();
        return wrong;
    }

    private void look(String what, String picture, String theme, int width, List<String> wrong) {
        String at = what + " " + theme + " " + width + ": ";
        axe.violations(browser).forEach(found -> wrong.add(at + found));
        RULES.forEach((broken, rule) -> {
            if (!Boolean.TRUE.equals(browser.eval(rule))) {
                wrong.add(at + broken);
            }
        });
        if (PICTURES) {
            browser.screenshot(Path.of("target", "page", picture + "-" + theme + "-" + width + ".png"));
        }
    }

    private void asBefore() {
        browser.prefer("dark");
        browser.resize(ShownPage.WIDTH, ShownPage.HEIGHT);
    }

    /** Of pictures: the address without its ids, so that the next run writes over them. */
    private static Map<String, String> names(Map<String, String> pages) {
        var names = new LinkedHashMap<String, String>();
        pages.keySet().forEach(hash -> {
            String plain = hash.replaceAll("(ex|dep|job|sch|model|agent|conv|tool|instr|eval|evalrun)_[a-z0-9]+", "$1")
                    .replaceAll("[^a-z0-9]+", "-");
            String name = plain;
            for (int i = 2; names.containsValue(name); i++) {
                name = plain + "-" + i;
            }
            names.put(hash, name);
        });
        return names;
    }
}
