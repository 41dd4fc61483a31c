package io.aiwm.controller.model.format;

import java.util.Locale;
import java.util.regex.Pattern;

/**
 * How many parameters a tensor of a checkpoint stands for. Quantisers pack several weights into one integer and write the
 * scales that belong to them as tensors of their own, which are no parameters.
 *
 * @param bits of a packed weight; 0: nothing is packed
 */
record PackedWeights(int bits) {
    private static final Pattern PACKED = Pattern.compile("[._](qweight|weight_packed|blocks)$");
    private static final Pattern AIDS = Pattern.compile(
            "[._](scales?|scale_inv|zeros|qzeros|g_idx|absmax|quant_map|zero_point|weight_shape)$|[._]quant_state\\.");

    long parameters(String tensor, String type, long numbers) {
        if (bits == 0) {
            return numbers;
        }
        if (AIDS.matcher(tensor).find()) {
            return 0;
        }
        int stored = type.toUpperCase(Locale.ROOT).endsWith("32") ? Integer.SIZE : Byte.SIZE;
        boolean integers = type.startsWith("I") || type.startsWith("U");
        // 8 bits in a byte are not packed; bitsandbytes keeps the plain name for 4 bits in bytes
        return integers && (PACKED.matcher(tensor).find() || type.equals("U8")) && bits < stored
                ? numbers * stored / bits
                : numbers;
    }
}
